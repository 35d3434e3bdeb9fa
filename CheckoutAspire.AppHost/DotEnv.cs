namespace CheckoutAspire.AppHost;

/// <summary>
/// The <c>.env</c> file at the root, read in development only. A variable of the environment wins over it.
/// <code>
/// # a comment
/// STRIPE_SECRET_KEY=sk_test_123
/// export APP_BASE_URL="https://shop.example" # a comment
/// FULFILLMENT_SECRET='whsec_1 # not a comment'
/// </code>
/// </summary>
internal static class DotEnv
{
    /// <summary>Sets each of the file's variables that the environment does not have.</summary>
    /// <inheritdoc cref="Parse" path="/exception"/>
    public static void Load(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        foreach (var (name, value) in Parse(File.ReadLines(path), Path.GetFileName(path)))
        {
            if (Environment.GetEnvironmentVariable(name) is null)
            {
                Environment.SetEnvironmentVariable(name, value);
            }
        }
    }

    /// <summary>Reads the lines of such a file.</summary>
    /// <exception cref="ConfigurationException">A line is not <c>NAME=value</c>; its text is not shown, for it may be a secret.</exception>
    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string> lines, string fileName = ".env")
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, raw) in lines.Index())
        {
            var line = raw.AsSpan().Trim();
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            if (line.StartsWith("export ", StringComparison.Ordinal))
            {
                line = line["export ".Length..].TrimStart();
            }

            var equals = line.IndexOf('=');
            var name = equals < 0 ? default : line[..equals].TrimEnd();
            if (!IsName(name) || Unquote(line[(equals + 1)..].TrimStart()) is not { } value)
            {
                throw new ConfigurationException($"Line {index + 1} of {fileName} is not NAME=value.");
            }

            values[name.ToString()] = value;
        }

        return values;
    }

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '_')
            {
                return false;
            }
        }

        return !name.IsEmpty && !char.IsAsciiDigit(name[0]);
    }

    private static string? Unquote(ReadOnlySpan<char> value)
    {
        if (value is ['"' or '\'', ..])
        {
            var end = value[1..].IndexOf(value[0]);
            var rest = end < 0 ? default : value[(end + 2)..].TrimStart();
            return end < 0 || rest is not ([] or ['#', ..]) ? null : value.Slice(1, end).ToString();
        }

        var comment = value.IndexOf(" #", StringComparison.Ordinal);
        return (comment < 0 ? value : value[..comment]).TrimEnd().ToString();
    }
}
