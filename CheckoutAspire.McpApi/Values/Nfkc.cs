using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace CheckoutAspire.McpApi.Values;

/// <summary>
/// The compatibility mappings of Unicode's normalization form NFKC (<see href="https://www.unicode.org/reports/tr15/"/>): a full-width <c>＠</c> is
/// <c>@</c>, a mathematical <c>𝐏</c> is <c>P</c>. The services run without ICU (<c>InvariantGlobalization</c>), and without it
/// <see cref="string.Normalize()"/> returns its text unchanged.
/// </summary>
internal static class Nfkc
{
    private const int LastPlainCharacter = 0x9F;

    private static readonly FrozenDictionary<int, string> s_mappings = Read();

    /// <summary>The text with each character replaced by its mapping. Marks stay separate from their letters.</summary>
    public static string Fold(string text)
    {
        if (!text.Any(character => character > LastPlainCharacter))
        {
            return text;
        }

        var folded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = s_mappings.TryGetValue(rune.Value, out var mapping) ? folded.Append(mapping) : folded.Append(rune.ToString());
        }

        return folded.ToString();
    }

    // Lines of "FF01-FF5E 21", a range whose mappings follow each other, and "FB01 66 69", one character with all characters of its mapping.
    private static FrozenDictionary<int, string> Read()
    {
        using var stream = typeof(Nfkc).Assembly.GetManifestResourceStream("Nfkc.txt") ?? throw new InvalidOperationException("Nfkc.txt is not embedded.");
        using var reader = new StreamReader(stream);
        var mappings = new Dictionary<int, string>();
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            var range = fields[0].Split('-');
            var mapping = fields[1..].Select(Number).ToArray();
            var first = Number(range[0]);
            for (var code = first; code <= Number(range[^1]); code++)
            {
                mapping[^1] = Number(fields[^1]) + code - first;
                mappings[code] = string.Concat(mapping.Select(char.ConvertFromUtf32));
            }
        }

        return mappings.ToFrozenDictionary();
    }

    private static int Number(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
