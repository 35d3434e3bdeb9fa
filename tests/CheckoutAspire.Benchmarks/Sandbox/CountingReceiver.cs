namespace CheckoutAspire.Benchmarks.Sandbox;

/// <summary>The shop's receiver: reads what it gets, answers 200, counts.</summary>
internal sealed class CountingReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private long _received;

    private CountingReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/webhook", async (HttpRequest request) =>
        {
            await request.Body.CopyToAsync(Stream.Null, request.HttpContext.RequestAborted);
            Interlocked.Increment(ref _received);
        });
    }

    public string Url => $"{_app.Urls.Single()}/webhook";

    public long Received => Interlocked.Read(ref _received);

    public static async Task<CountingReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var receiver = new CountingReceiver();
        await receiver._app.StartAsync(cancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
