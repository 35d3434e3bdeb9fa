using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.StripeSandbox.Tests.Infrastructure;

/// <summary>A received webhook.</summary>
public sealed record ReceivedWebhook(string Body, IHeaderDictionary Headers)
{
    public string Signature => Headers["Stripe-Signature"].ToString();
}

/// <summary>A real HTTP receiver that records webhooks and answers with configured statuses.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<ReceivedWebhook> _received = Channel.CreateUnbounded<ReceivedWebhook>();
    private readonly ConcurrentQueue<int> _answers = new();

    private WebhookReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.MapPost("/webhook", async (HttpRequest request) =>
        {
            using var reader = new StreamReader(request.Body);
            var body = await reader.ReadToEndAsync();
            _received.Writer.TryWrite(new ReceivedWebhook(body, new HeaderDictionary(request.Headers.ToDictionary())));
            return Results.StatusCode(_answers.TryDequeue(out var status) ? status : StatusCodes.Status200OK);
        });
    }

    public string Url => $"{_app.Urls.Single()}/webhook";

    public static async Task<WebhookReceiver> StartAsync(params int[] answers)
    {
        var receiver = new WebhookReceiver();
        foreach (var answer in answers)
        {
            receiver._answers.Enqueue(answer);
        }

        await receiver._app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Returns the next webhook of one of the types, or of any type if none is given. Other webhooks are dropped.</summary>
    public async Task<ReceivedWebhook> NextAsync(params string[] types)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        await foreach (var webhook in _received.Reader.ReadAllAsync(deadline.Token))
        {
            if (types.Length == 0 || types.Any(type => webhook.Body.Contains($"\"type\": \"{type}\"", StringComparison.Ordinal)))
            {
                return webhook;
            }
        }

        throw new InvalidOperationException("The receiver was closed.");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
