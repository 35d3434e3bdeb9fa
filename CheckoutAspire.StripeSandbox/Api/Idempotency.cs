using System.Security.Cryptography;
using System.Text;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>A saved answer.</summary>
internal sealed record SavedResponse(int Status, string Body, string RequestId);

/// <summary>Idempotency keys: a request repeated under the same key gets the first one's answer.</summary>
/// <remarks><see href="https://docs.stripe.com/api/idempotent_requests"/></remarks>
internal sealed class Idempotency(TimeProvider time)
{
    private const int MaximumKeyLength = 255;
    private const int Sweep = 1024;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private int _begun;

    /// <summary>Claims the key, or returns the answer that it already has.</summary>
    /// <exception cref="Stripe.StripeException">The key belongs to another request, or to one still in flight.</exception>
    public SavedResponse? Begin(string key, string path, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        if (key.Length > MaximumKeyLength)
        {
            throw ApiErrors.Invalid($"Idempotency keys can have up to {MaximumKeyLength} characters, but you passed one of {key.Length}.");
        }

        var fingerprint = Fingerprint(parameters);
        lock (_gate)
        {
            RemoveExpired();
            if (!_entries.TryGetValue(key, out var entry))
            {
                _entries.Add(key, new Entry(path, fingerprint, time.GetUtcNow(), null));
                return null;
            }

            if (entry.Path != path)
            {
                throw ApiErrors.IdempotencyOtherEndpoint(key, entry.Path, path);
            }

            if (!fingerprint.AsSpan().SequenceEqual(entry.Fingerprint))
            {
                throw ApiErrors.IdempotencyMismatch(key);
            }

            return entry.Response ?? throw ApiErrors.IdempotencyInUse(key);
        }
    }

    public void Save(string key, SavedResponse response)
    {
        lock (_gate)
        {
            _entries[key] = _entries[key] with { Response = response };
        }
    }

    /// <summary>Gives the key back: parameters that failed validation are not remembered.</summary>
    public void Release(string key)
    {
        lock (_gate)
        {
            _entries.Remove(key);
        }
    }

    /// <summary>The CLI sends parameters in random order: only the order within one name counts.</summary>
    private static byte[] Fingerprint(IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var canonical = new StringBuilder();
        foreach (var (name, value) in parameters.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            canonical.Append(name.Length).Append(':').Append(name).Append(value.Length).Append(':').Append(value);
        }

        return SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString()));
    }

    private void RemoveExpired()
    {
        if (++_begun % Sweep != 0)
        {
            return;
        }

        var oldest = time.GetUtcNow() - Kept;
        foreach (var (key, entry) in _entries)
        {
            if (entry.Begun < oldest && entry.Response is not null)
            {
                _entries.Remove(key);
            }
        }
    }

    private sealed record Entry(string Path, byte[] Fingerprint, DateTimeOffset Begun, SavedResponse? Response);
}
