using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.StripeSandbox.Objects;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Checks the API key, sent as Bearer or Basic credentials. The sandbox accepts one key.</summary>
internal sealed class ApiAuthentication(IOptions<SandboxOptions> options)
{
    private readonly byte[] _key = Encoding.UTF8.GetBytes(options.Value.SecretKey);

    /// <exception cref="Stripe.StripeException">401 for a missing or wrong key, 403 for an account that the key has no access to.</exception>
    public void Authenticate(HttpRequest request)
    {
        var key = KeyOf(request.Headers.Authorization.ToString()) ?? throw ApiErrors.MissingKey();
        if (SandboxOptions.IsLive(key))
        {
            throw ApiErrors.LiveKey();
        }

        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), _key))
        {
            throw ApiErrors.InvalidKey(key);
        }

        if (request.Headers["Stripe-Account"].ToString() is { Length: > 0 } account && account != Merchant.AccountId)
        {
            throw ApiErrors.OtherAccount(key, account);
        }
    }

    private static string? KeyOf(string authorization)
    {
        const string bearer = "Bearer ";
        const string basic = "Basic ";
        var key = authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase) ? authorization[bearer.Length..].Trim()
            : authorization.StartsWith(basic, StringComparison.OrdinalIgnoreCase) ? UserOf(authorization[basic.Length..].Trim())
            : "";
        return key.Length == 0 ? null : key;
    }

    /// <summary><c>curl -u sk_test_…:</c> sends the key as the user name.</summary>
    private static string UserOf(string encoded)
    {
        if (!Base64.IsValid(encoded))
        {
            return "";
        }

        var credentials = Encoding.UTF8.GetString(Convert.FromBase64String(encoded));
        return credentials.Split(':', 2)[0];
    }
}
