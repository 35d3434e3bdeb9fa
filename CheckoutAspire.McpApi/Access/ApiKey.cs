using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace CheckoutAspire.McpApi.Access;

/// <summary>A key of <c>CHECKOUT_API_KEYS</c>. Only its digest is stored.</summary>
internal sealed partial class ApiKey
{
    private readonly byte[] _digest;

    private ApiKey(string name, byte[] digest, FrozenSet<string> scopes) => (Name, _digest, Scopes) = (name, digest, scopes);

    public string Name { get; }

    public FrozenSet<string> Scopes { get; }

    /// <summary>The digest of a key that a caller presents.</summary>
    public static byte[] DigestOf(string presented) => SHA256.HashData(Encoding.UTF8.GetBytes(presented));

    /// <summary>Compares in constant time, so that the duration reveals nothing about the digest.</summary>
    public bool Matches(ReadOnlySpan<byte> digest) => CryptographicOperations.FixedTimeEquals(_digest, digest);

    /// <summary>Parses <c>shop-agent:9f86d081…(64 digits):checkout:create checkout:read</c>. A key without scopes has <see cref="CheckoutScope.All"/>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ApiKey? key, [NotNullWhen(false)] out string? error)
    {
        (key, error) = (null, null);
        var parts = text.Split(':', 3);
        if (parts.Length < 2 || !WellFormedName().IsMatch(parts[0]) || !Digest().IsMatch(parts[1]))
        {
            // The value is not repeated: an operator may have entered the key itself, which must not appear in a log.
            error = "CHECKOUT_API_KEYS must be name:digest or name:digest:scopes, separated by commas. A name has 1 to 64 characters of "
                + "A–Z a–z 0–9 . - _, and a digest is the key's SHA-256 in 64 hexadecimal digits.";
            return false;
        }

        string[] scopes = parts.Length == 3 ? parts[2].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [.. CheckoutScope.All];
        if (scopes.Length == 0 || scopes.Except(CheckoutScope.Grantable, StringComparer.Ordinal).Any())
        {
            error = $"CHECKOUT_API_KEYS gives {parts[0]} an unknown scope. The scopes are {string.Join(", ", CheckoutScope.Grantable)}, "
                + "separated by spaces.";
            return false;
        }

        key = new ApiKey(parts[0], Convert.FromHexString(parts[1]), scopes.ToFrozenSet(StringComparer.Ordinal));
        return true;
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex WellFormedName();

    [GeneratedRegex(@"^[A-Fa-f0-9]{64}\z")]
    private static partial Regex Digest();
}
