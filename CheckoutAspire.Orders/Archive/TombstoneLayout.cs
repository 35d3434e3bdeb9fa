using System.IO.Hashing;
using System.Text;

namespace CheckoutAspire.Orders.Archive;

/// <summary>
/// How the tombstones of a partition are spread over sets of integers, which Redis stores compactly as long as a set is small. The number of sets grows by one at
/// a time, each new one taking its share of one before it (linear hashing), so that they stay small whatever the number of archived orders is.
/// </summary>
/// <param name="Buckets">The number of sets.</param>
internal readonly record struct TombstoneLayout(int Buckets)
{
    /// <summary>The layout of a partition without tombstones.</summary>
    public static readonly TombstoneLayout Initial = new(1);

    /// <summary>The set from which the next new one takes its share. The new one's number is <see cref="Buckets"/>.</summary>
    public int Parent => Buckets - (Modulus / 2);

    /// <summary>The smallest power of two that is greater than the number of sets.</summary>
    private int Modulus
    {
        get
        {
            var modulus = 1;
            while (modulus <= Buckets)
            {
                modulus *= 2;
            }

            return modulus;
        }
    }

    /// <summary>The tombstone of an order: 52 bits of a digest of its id. Lua's numbers are exact up to 53 bits.</summary>
    public static long TombstoneOf(string orderId) => (long)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(orderId)) >> 12);

    /// <summary>The number of the set that has a tombstone.</summary>
    public int BucketOf(long tombstone)
    {
        var bucket = (int)(tombstone % Modulus);
        return bucket < Buckets ? bucket : bucket - (Modulus / 2);
    }
}
