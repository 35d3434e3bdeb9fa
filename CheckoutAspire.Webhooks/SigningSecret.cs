using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace CheckoutAspire.Webhooks;

/// <summary>
/// A webhook endpoint's signing secret. It keeps the hashes that it has keyed: to key one for each delivery would cost a third
/// as much again as to hash an event of 3 KB.
/// </summary>
/// <param name="secret">The whole text, its <c>whsec_</c> included: Stripe uses its UTF-8 bytes as they are.</param>
internal sealed class SigningSecret(string secret)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(secret);

    /// <summary>As many as were ever in use at once: no more than there are threads.</summary>
    private readonly ConcurrentBag<IncrementalHash> _idle = [];

    /// <summary>Computes the payload's HMAC-SHA256; safe to call from any thread.</summary>
    /// <param name="payload">What is signed.</param>
    /// <param name="hash">Takes <see cref="HMACSHA256.HashSizeInBytes"/> bytes.</param>
    public void Sign(ReadOnlySpan<byte> payload, Span<byte> hash)
    {
        if (!_idle.TryTake(out var hmac))
        {
            hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        }

        hmac.AppendData(payload);
        hmac.GetHashAndReset(hash);
        _idle.Add(hmac);
    }
}
