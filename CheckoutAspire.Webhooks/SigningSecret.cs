using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace CheckoutAspire.Webhooks;

/// <summary>
/// A webhook endpoint's signing secret. It reuses its keyed hash instances: creating one for each delivery would add a third to the
/// cost of hashing a 3 KB event.
/// </summary>
/// <param name="secret">The whole secret, including its <c>whsec_</c> prefix. Stripe uses the UTF-8 bytes of this text as the key.</param>
internal sealed class SigningSecret(string secret)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(secret);

    /// <summary>Keyed hash instances that are not in use. There are never more than the highest number of concurrent calls so far.</summary>
    private readonly ConcurrentBag<IncrementalHash> _idle = [];

    /// <summary>Computes the payload's HMAC-SHA256. It is safe to call from any thread.</summary>
    /// <param name="payload">The signed payload.</param>
    /// <param name="hash">Receives the hash: <see cref="HMACSHA256.HashSizeInBytes"/> bytes.</param>
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
