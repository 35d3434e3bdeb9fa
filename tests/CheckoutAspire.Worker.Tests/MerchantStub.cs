using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A call of the merchant's endpoint, as it arrived.</summary>
internal sealed record MerchantCall(IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonNode Json => JsonNode.Parse(Body)!;

    public string Type => (string)Json["type"]!;

    public JsonNode Data => Json["data"]!;

    public string Id => Headers["webhook-id"];
}

/// <summary>The merchant's endpoint on a real Kestrel. It records the calls and answers as the test says, else 200.</summary>
internal sealed class MerchantStub : IAsyncDisposable
{
    private readonly ConcurrentQueue<MerchantCall> _calls = new();
    private readonly ConcurrentQueue<int> _answers = new();
    private readonly WebApplication _app;

    private MerchantStub(WebApplication app)
    {
        _app = app;
        app.MapPost("/orders", async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var call = new MerchantCall(
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray());
            await BeforeAnswer(call);
            _calls.Enqueue(call);
            context.Response.Headers.Location = "/orders";
            context.Response.Headers.RetryAfter = RetryAfter;
            context.Response.StatusCode = Refuses(call) ? StatusCodes.Status503ServiceUnavailable
                : _answers.TryDequeue(out var answer) ? answer
                : StatusCodes.Status200OK;
        });
    }

    public byte[] Key { get; } = RandomNumberGenerator.GetBytes(32);

    public string Secret => "whsec_" + Convert.ToBase64String(Key);

    public IReadOnlyCollection<MerchantCall> Calls => _calls;

    /// <summary>Awaited before a call is recorded and answered.</summary>
    public Func<MerchantCall, Task> BeforeAnswer { get; set; } = _ => Task.CompletedTask;

    /// <summary>Which calls are answered 503.</summary>
    public Func<MerchantCall, bool> Refuses { get; set; } = _ => false;

    /// <summary>The header <c>Retry-After</c> of the answers, or null.</summary>
    public string? RetryAfter { get; set; }

    /// <summary>The settings with which a worker calls this merchant.</summary>
    public (string Name, string Value)[] Settings => [("FULFILLMENT_URL", _app.Urls.Single() + "/orders"), ("FULFILLMENT_SECRET", Secret)];

    public static async Task<MerchantStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var merchant = new MerchantStub(builder.Build());
        await merchant._app.StartAsync();
        return merchant;
    }

    /// <summary>Answers the next calls with these statuses.</summary>
    public void Answer(params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
        {
            _answers.Enqueue(status);
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
