using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Operations.Access;

/// <summary>The operators' token, <c>OPS_TOKEN</c>. Without one the operators' API and pages accept no request.</summary>
internal sealed class OpsOptions : IReadOptions
{
    public const int MinimumLength = 24;

    private const int FingerprintLength = 8;

    private byte[] _digest = [];
    private byte[] _link = [];

    /// <summary>Tells the token from another one without revealing it.</summary>
    public string Fingerprint => Convert.ToHexString(SHA256.HashData(_digest).AsSpan(0, FingerprintLength));

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        var token = configuration["OPS_TOKEN"] ?? "";
        _digest = token.Length == 0 ? [] : Digest(token);
        _link = configuration["OPS_SIGN_IN_TOKEN"] is { Length: >= MinimumLength } link && _digest.Length > 0 ? Digest(link) : [];
        ConfigurationErrors = token.Length is 0 or >= MinimumLength
            ? []
            : [$"OPS_TOKEN is too short to be a secret: use at least {MinimumLength} characters."];
    }

    /// <summary>Whether this is the token. The comparison takes the same time for every other text.</summary>
    public bool Accepts(string token) => _digest.Length > 0 && CryptographicOperations.FixedTimeEquals(Digest(token), _digest);

    /// <summary>Whether this is the token of the link on Aspire's dashboard (<c>OPS_SIGN_IN_TOKEN</c>).</summary>
    public bool AcceptsLink(string token) => _link.Length > 0 && CryptographicOperations.FixedTimeEquals(Digest(token), _link);

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
