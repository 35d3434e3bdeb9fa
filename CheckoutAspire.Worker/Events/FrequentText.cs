using System.Text;

namespace CheckoutAspire.Worker.Events;

/// <summary>
/// Strings that occur in event after event: currencies, statuses, the names of metadata. Each is allocated once, until another one takes its place.
/// </summary>
internal static class FrequentText
{
    private const int Places = 128;
    private const int MaxLength = 32;

    private static readonly string?[] s_texts = new string?[Places];

    /// <summary>The text of ASCII bytes.</summary>
    public static string Of(ReadOnlySpan<byte> ascii)
    {
        if (ascii.Length is 0 or > MaxLength)
        {
            return Encoding.ASCII.GetString(ascii);
        }

        // Consumers share the places without a lock: a lost write costs another allocation.
        ref var place = ref s_texts[((ascii.Length * 31) + (ascii[0] * 7) + (ascii[ascii.Length / 2] * 13) + ascii[^1]) & (Places - 1)];
        return Volatile.Read(ref place) is { } known && Ascii.Equals(ascii, known) ? known : place = Encoding.ASCII.GetString(ascii);
    }
}
