using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>A call from the worker with a verified signature.</summary>
/// <param name="Key">The idempotency key: <c>fulfill/cs_…</c>.</param>
/// <param name="Fence">The claim's fence.</param>
/// <param name="Number">The number of the call among those with this key, starting at 1.</param>
internal sealed record MerchantCall(string Key, long Fence, int Number);

/// <summary>How the merchant handled a call.</summary>
internal enum MerchantOutcome
{
    /// <summary>The first call with its key, which has the effect.</summary>
    Effect,

    /// <summary>A repeated call, which has no further effect.</summary>
    Redelivered,

    /// <summary>A call with a lower fence than an earlier one, from a worker that has lost its claim.</summary>
    Stale,

    /// <summary>A call that the test made fail.</summary>
    Failed,
}

/// <summary>
/// The tests' oracle: a merchant's HTTP endpoint that does not depend on Redis. It makes one effect for each idempotency key, rejects
/// a worker that has lost its claim by its fence, and counts repeated calls.
/// </summary>
internal sealed class Merchant : IAsyncDisposable
{
    public const string Secret = "whsec_ZmF1bHRzLWZhdWx0cy1mYXVsdHMtZmF1bHRzLTAwMDE=";

    private static readonly byte[] s_key = Convert.FromBase64String(Secret["whsec_".Length..]);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _highest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly List<(MerchantCall Call, MerchantOutcome Outcome)> _audit = [];
    private readonly LocalEndpoint _endpoint;
    private int _unsigned;

    private Merchant(LocalEndpoint endpoint) => _endpoint = endpoint;

    public Uri Url => new(_endpoint.Address, "fulfill");

    /// <summary>Runs before the effect. If it returns false, the response is 500 and there is no effect.</summary>
    public Func<MerchantCall, Task<bool>> BeforeEffect { get; set; } = _ => Task.FromResult(true);

    /// <summary>Runs after the effect and before the response. If it returns false, the response is lost.</summary>
    public Func<MerchantCall, Task<bool>> AfterEffect { get; set; } = _ => Task.FromResult(true);

    /// <summary>The number of calls without a valid signature or key.</summary>
    public int Unsigned => _unsigned;

    /// <summary>Every call, in order.</summary>
    public IReadOnlyList<(MerchantCall Call, MerchantOutcome Outcome)> Audit
    {
        get
        {
            lock (_lock)
            {
                return [.. _audit];
            }
        }
    }

    public static async Task<Merchant> StartAsync()
    {
        var endpoint = new LocalEndpoint();
        var merchant = new Merchant(endpoint);
        await endpoint.StartAsync(app => app.MapPost("/fulfill", merchant.HandleAsync));
        return merchant;
    }

    public int Count(MerchantOutcome outcome) => Audit.Count(entry => entry.Outcome == outcome);

    /// <summary>The outcomes of one session's calls.</summary>
    public IReadOnlyList<MerchantOutcome> Of(string sessionId) =>
        [.. Audit.Where(entry => entry.Call.Key == KeyOf(sessionId)).Select(entry => entry.Outcome)];

    public static string KeyOf(string sessionId) => "fulfill/" + sessionId;

    public static string IdOf(string key) => key["fulfill/".Length..];

    /// <summary>Whether no call with the same key had a higher fence.</summary>
    public bool IsNewest(MerchantCall call)
    {
        lock (_lock)
        {
            return !_highest.TryGetValue(call.Key, out var highest) || call.Fence > highest;
        }
    }

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var body = buffer.ToArray();
        var key = context.Request.Headers["webhook-id"].ToString();
        var signed = Encoding.UTF8.GetBytes($"{key}.{context.Request.Headers["webhook-timestamp"]}.");
        var signature = "v1," + Convert.ToBase64String(HMACSHA256.HashData(s_key, (byte[])[.. signed, .. body]));
        using var notice = JsonDocument.Parse(body);
        var order = notice.RootElement.GetProperty("data");
        if (signature != context.Request.Headers["webhook-signature"].ToString()
            || KeyOf(order.GetProperty("id").GetString()!) != key
            || context.Request.Headers["Idempotency-Key"].ToString() != key)
        {
            Interlocked.Increment(ref _unsigned);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        var call = Announce(key, order.GetProperty("fence").GetInt64());
        if (!await BeforeEffect(call))
        {
            Note(call, MerchantOutcome.Failed);
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        var outcome = Decide(call);
        if (!await AfterEffect(call))
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = outcome is MerchantOutcome.Stale ? StatusCodes.Status409Conflict : StatusCodes.Status200OK;
    }

    private MerchantCall Announce(string key, long fence)
    {
        lock (_lock)
        {
            return new MerchantCall(key, fence, _calls[key] = _calls.GetValueOrDefault(key) + 1);
        }
    }

    private MerchantOutcome Decide(MerchantCall call)
    {
        lock (_lock)
        {
            var known = _highest.TryGetValue(call.Key, out var highest);
            var outcome = !known ? MerchantOutcome.Effect
                : call.Fence < highest ? MerchantOutcome.Stale
                : MerchantOutcome.Redelivered;
            _highest[call.Key] = Math.Max(highest, call.Fence);
            _audit.Add((call, outcome));
            return outcome;
        }
    }

    private void Note(MerchantCall call, MerchantOutcome outcome)
    {
        lock (_lock)
        {
            _audit.Add((call, outcome));
        }
    }
}
