using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Operations.Tests;

/// <summary>A message about an alert, as it arrived with a correct signature.</summary>
internal sealed record ReceivedAlert(string Id, JsonObject Body)
{
    public string Type => (string)Body["type"]!;

    public string Text => (string)Body["text"]!;

    public string Rule => (string)Body["data"]!["rule"]!;
}

/// <summary>The address <c>ALERT_URL</c> on a real Kestrel. It verifies signatures as Standard Webhooks specifies, and answers 204 unless the test says otherwise.</summary>
internal sealed class AlertReceiver : IAsyncDisposable
{
    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);

    private readonly ConcurrentQueue<ReceivedAlert> _taken = new();
    private readonly ConcurrentQueue<long> _refused = new();
    private readonly WebApplication _app;

    private AlertReceiver(WebApplication app)
    {
        _app = app;
        app.MapPost("/alerts", HandleAsync);
    }

    /// <summary>The messages that were answered 204, in their order.</summary>
    public IReadOnlyCollection<ReceivedAlert> Taken => _taken;

    /// <summary>When each call that was answered 503 arrived, by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    public IReadOnlyCollection<long> Refused => _refused;

    /// <summary>Whether calls are answered 503.</summary>
    public bool IsDown { get; set; }

    /// <summary>The header <c>Retry-After</c> of the 503s, or null.</summary>
    public string? RetryAfter { get; set; }

    public (string Name, string Value)[] Settings =>
        [("ALERT_URL", _app.Urls.Single() + "/alerts"), ("ALERT_SECRET", "whsec_" + Convert.ToBase64String(s_key)), ("Alerts:Interval", "00:00:00.05")];

    public static async Task<AlertReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var receiver = new AlertReceiver(builder.Build());
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Waits until this many messages were taken.</summary>
    public Task<ReceivedAlert[]> AwaitAsync(int count) =>
        Eventually.GetAsync(() => Task.FromResult(_taken.ToArray()), taken => taken.Length >= count, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<IResult> HandleAsync(HttpRequest request)
    {
        var arrived = Stopwatch.GetTimestamp();
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var id = request.Headers["webhook-id"].ToString();
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{request.Headers["webhook-timestamp"]}."), .. body.ToArray()];
        if (request.Headers["webhook-signature"] != "v1," + Convert.ToBase64String(HMACSHA256.HashData(s_key, signed)))
        {
            return Results.Unauthorized();
        }

        if (IsDown)
        {
            _refused.Enqueue(arrived);
            request.HttpContext.Response.Headers.RetryAfter = RetryAfter;
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }

        _taken.Enqueue(new ReceivedAlert(id, JsonNode.Parse(body.ToArray())!.AsObject()));
        return Results.NoContent();
    }
}
