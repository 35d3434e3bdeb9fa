using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Operations.Access;

/// <summary>The OpenID Connect provider at which operators sign in: <c>OPS_OIDC_…</c>.</summary>
internal sealed class OidcOptions : IReadOptions
{
    private const string Authority = "OPS_OIDC_AUTHORITY";

    private static readonly string[] s_further =
    [
        "OPS_OIDC_CLIENT_ID", "OPS_OIDC_CLIENT_SECRET", "OPS_OIDC_AUDIENCE", "OPS_OIDC_SCOPES", "OPS_OIDC_ROLE_CLAIM", "OPS_OIDC_VIEWER", "OPS_OIDC_OPERATOR",
    ];

    /// <summary>The provider, or null if operators sign in with <c>OPS_TOKEN</c> only.</summary>
    public OidcProvider? Provider { get; private set; }

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        if (ValueOf(Authority) is not { } authority)
        {
            ConfigurationErrors = s_further.FirstOrDefault(name => ValueOf(name) is not null) is { } alone
                ? [$"{alone} requires {Authority}, the OpenID Connect provider."]
                : [];
            return;
        }

        if (!Uri.TryCreate(authority, UriKind.Absolute, out var address) || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            ConfigurationErrors = [$"{Authority} must be https, or http on this machine, because operators are identified with the keys published there."];
        }
        else if (ValueOf("OPS_OIDC_CLIENT_ID") is not { } clientId)
        {
            ConfigurationErrors = [$"OPS_OIDC_CLIENT_ID is missing. {Authority} requires the id under which this service is registered there."];
        }
        else
        {
            var provider = new OidcProvider(
                address,
                clientId,
                ValueOf("OPS_OIDC_CLIENT_SECRET"),
                ValueOf("OPS_OIDC_AUDIENCE") ?? clientId,
                (ValueOf("OPS_OIDC_SCOPES") ?? "openid profile").Split(' ', StringSplitOptions.RemoveEmptyEntries),
                ValueOf("OPS_OIDC_ROLE_CLAIM") ?? "roles",
                ValueOf("OPS_OIDC_VIEWER") ?? Identities.Viewer,
                ValueOf("OPS_OIDC_OPERATOR") ?? Identities.Operator);
            Provider = provider.Viewer == provider.Operator ? null : provider;
            ConfigurationErrors = Provider is null ? ["OPS_OIDC_VIEWER and OPS_OIDC_OPERATOR must differ: a viewer may not act."] : [];
        }

        string? ValueOf(string name) => configuration[name] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;
    }
}

/// <summary>The provider, this service's registration there, and what its tokens say about operators.</summary>
/// <param name="Authority">Its identifier. Its metadata are at <c>/.well-known/openid-configuration</c> below it.</param>
/// <param name="ClientId">The id under which this service is registered.</param>
/// <param name="ClientSecret">The secret of the registration; null for a public client, which PKCE alone protects.</param>
/// <param name="Audience">The required audience of access tokens for the API.</param>
/// <param name="Scopes">The scopes that the sign-in asks for.</param>
/// <param name="RoleClaim">The claim with the roles of an operator.</param>
/// <param name="Viewer">Its value for those who may read.</param>
/// <param name="Operator">Its value for those who may also act.</param>
internal sealed record OidcProvider(
    Uri Authority, string ClientId, string? ClientSecret, string Audience, IReadOnlyList<string> Scopes, string RoleClaim, string Viewer, string Operator)
{
    private const int FingerprintLength = 8;

    /// <summary>Changes with every setting that decides who may sign in, which ends the cookies made before.</summary>
    public string Fingerprint { get; } = Convert.ToHexString(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Authority}\n{ClientId}\n{RoleClaim}\n{Viewer}\n{Operator}")).AsSpan(0, FingerprintLength));

    /// <summary>Whether the provider's metadata and keys are read over https only.</summary>
    public bool RequiresHttps => !Authority.IsLoopback;
}
