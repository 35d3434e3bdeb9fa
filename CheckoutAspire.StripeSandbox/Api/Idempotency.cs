using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>A response to an API request.</summary>
internal sealed record SavedResponse(int Status, string Body, string RequestId);

/// <summary>Idempotency keys: a request that is repeated under the same key gets the first response.</summary>
/// <remarks><see href="https://docs.stripe.com/api/idempotent_requests"/></remarks>
internal sealed class Idempotency(SandboxStore store)
{
    private const int MaximumKeyLength = 255;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private readonly ConcurrentDictionary<string, InFlight> _inFlight = new(StringComparer.Ordinal);

    /// <summary>Claims the key, or returns the response that was saved for it.</summary>
    /// <exception cref="StripeException">The key was used for a different request, or its request is still in flight.</exception>
    public SavedResponse? Begin(string key, string path, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        if (key.Length > MaximumKeyLength)
        {
            throw ApiErrors.Invalid($"Idempotency keys can have up to {MaximumKeyLength} characters, but you passed one of {key.Length}.");
        }

        // Claim the key before reading the store: a concurrent second request gets its error at once, however long the first one takes.
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

    /// <summary>Saves the response in the transaction that it describes.</summary>
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

    /// <summary>Releases the claim. A key without a saved response can be used again: Stripe does not save responses to parameters that failed validation.</summary>
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

    /// <summary>The Stripe CLI sends parameters in random order, so only the order within one name is significant.</summary>
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
