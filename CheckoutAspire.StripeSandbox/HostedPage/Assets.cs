using System.Collections.Frozen;
using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>The embedded files of the payment page and the control page.</summary>
internal static class Assets
{
    private const string Prefix = "HostedPage.Assets.";

    private static readonly FrozenDictionary<string, string> Files = ReadAll();

    public static string? Find(string name) => Files.GetValueOrDefault(name);

    /// <summary>
    /// Fills a template: <c>{{name}}</c> is encoded as HTML, <c>{{{name}}}</c> is HTML already, and <c>{{_Email}}</c> is an English text in the page's language.
    /// </summary>
    public static string Fill(Texts texts, string template, params ReadOnlySpan<(string Name, string Value)> values)
    {
        // A single pass, so that a value that looks like a placeholder is not replaced.
        var source = Files[template];
        var filled = new StringBuilder(source.Length * 2);
        var position = 0;
        while (source.IndexOf("{{", position, StringComparison.Ordinal) is var open and >= 0)
        {
            var isRaw = source.AsSpan(open).StartsWith("{{{");
            var start = open + (isRaw ? 3 : 2);
            var end = source.IndexOf("}}", start, StringComparison.Ordinal);
            var value = source[start] == '_' ? texts[source[(start + 1)..end]] : ValueOf(values, source[start..end], template);
            filled.Append(source, position, open - position).Append(isRaw ? value : HtmlEncoder.Default.Encode(value));
            position = end + (isRaw ? 3 : 2);
        }

        return filled.Append(source, position, source.Length - position).ToString();
    }

    private static string ValueOf(ReadOnlySpan<(string Name, string Value)> values, string name, string template)
    {
        foreach (var entry in values)
        {
            if (entry.Name == name)
            {
                return entry.Value;
            }
        }

        throw new InvalidOperationException($"{template} names {name}, which has no value.");
    }

    private static FrozenDictionary<string, string> ReadAll()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            files[resource[Prefix.Length..]] = reader.ReadToEnd();
        }

        return files.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
