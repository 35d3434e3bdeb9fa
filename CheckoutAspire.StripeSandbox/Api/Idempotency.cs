using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>An answer to send.</summary>
internal sealed record SavedResponse(int Status, string Body, string RequestId);

/// <summary>A request that was answered under a key; saved with what it did, so that both or neither survive a crash.</summary>
internal sealed class IdempotentRequest : IHasId
{
    /// <summary>The key.</summary>
    public required string Id { get; set; }

    public required string Path { get; init; }

    public required string Fingerprint { get; init; }

    public required DateTime Answered { get; init; }

    public required string RequestId { get; init; }

    public required int Status { get; init; }

    public required RawJson Body { get; init; }
}

/// <summary>Idempotency keys: a request repeated under the same key gets the first one's answer.</summary>
/// <remarks><see href="https://docs.stripe.com/api/idempotent_requests"/></remarks>
internal sealed class Idempotency(SandboxStore store)
{
    private const int MaximumKeyLength = 255;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private readonly ConcurrentDictionary<string, InFlight> _inFlight = new(StringComparer.Ordinal);

    /// <summary>Claims the key, or returns the answer that it already has.</summary>
    /// <exception cref="StripeException">The key belongs to another request, or to one still in flight.</exception>
    public SavedResponse? Begin(string key, string path, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        if (key.Length > MaximumKeyLength)
        {
            throw ApiErrors.Invalid($"Idempotency keys can have up to {MaximumKeyLength} characters, but you passed one of {key.Length}.");
        }

        // The claim comes before the look into the store: a second request is told at once, however long the first one takes.
        var request = new InFlight(path, Fingerprint(parameters));
        var claimed = _inFlight.GetOrAdd(key, request);
        if (!ReferenceEquals(claimed, request))
        {
            Compare(key, claimed.Path, claimed.Fingerprint, request);
            throw ApiErrors.IdempotencyInUse(key);
        }

        try
        {
            var saved = store.Transact(null, transaction =>
                transaction.TryFind<IdempotentRequest>(key, out var found) && found.Answered > transaction.Now - Kept ? found : null);
            if (saved is null)
            {
                return null;
            }

            Compare(key, saved.Path, saved.Fingerprint, request);
            Release(key);
            return new SavedResponse(saved.Status, StripeJson.Print(saved.Body.ToJson()), saved.RequestId);
        }
        catch
        {
            Release(key);
            throw;
        }
    }

    /// <summary>Keeps the answer, in the transaction of what it answers.</summary>
    public void Save(Transaction transaction, string key, int status, JsonObject body, string requestId) => transaction.Save(
        new IdempotentRequest
        {
            Id = key,
            Path = _inFlight[key].Path,
            Fingerprint = _inFlight[key].Fingerprint,
            Answered = transaction.Now,
            RequestId = requestId,
            Status = status,
            Body = RawJson.Of(body),
        });

    /// <summary>Ends the claim. A key whose answer was not saved may be used again: parameters that failed validation are not remembered.</summary>
    public void Release(string key) => _inFlight.TryRemove(key, out _);

    private static void Compare(string key, string path, string fingerprint, InFlight request)
    {
        if (path != request.Path)
        {
            throw ApiErrors.IdempotencyOtherEndpoint(key, path, request.Path);
        }

        if (fingerprint != request.Fingerprint)
        {
            throw ApiErrors.IdempotencyMismatch(key);
        }
    }

    /// <summary>The CLI sends parameters in random order: only the order within one name counts.</summary>
    private static string Fingerprint(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var canonical = new StringBuilder();
        foreach (var (name, value) in parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            canonical.Append(name.Length).Append(':').Append(name).Append(value.Length).Append(':').Append(value);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())));
    }

    private sealed record InFlight(string Path, string Fingerprint);
}
