using System.Security.Claims;

namespace CheckoutAspire.Operations.Access;

/// <summary>Who operators are and what they may do: a viewer reads, an operator also acts.</summary>
internal static class Identities
{
    public const string Viewer = "viewer";
    public const string Operator = "operator";

    /// <summary>The claim with the fingerprint of the credential or provider that identified the operator.</summary>
    public const string CredentialClaim = "credential";

    private const int LongestName = 60;

    // https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims
    private static readonly string[] s_names = ["name", "preferred_username", "sub"];

    /// <summary>An operator who knows the shared token, and therefore has no name.</summary>
    public static ClaimsPrincipal OfToken(OpsOptions ops, string scheme) =>
        Create(scheme, ops.Fingerprint, new Claim(ClaimTypes.Role, Operator));

    /// <summary>The operator that a provider's token identifies, or null if the token has neither role.</summary>
    public static ClaimsPrincipal? OfClaims(ClaimsPrincipal token, OidcProvider provider, string scheme)
    {
        var role = token.HasClaim(provider.RoleClaim, provider.Operator) ? Operator : token.HasClaim(provider.RoleClaim, provider.Viewer) ? Viewer : null;
        var name = s_names.Select(claim => Clean(token.FindFirst(claim)?.Value)).FirstOrDefault(value => value.Length > 0);
        return role is null || name is null
            ? null
            : Create(scheme, provider.Fingerprint, new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, role));
    }

    /// <summary>The name under which decisions are journaled, or null if the credential does not identify a person.</summary>
    public static string? NameOf(ClaimsPrincipal user) => user.Identity?.Name;

    /// <summary>Whether the role allows actions, and not only reading.</summary>
    public static bool MayAct(ClaimsPrincipal user) => user.IsInRole(Operator);

    private static ClaimsPrincipal Create(string scheme, string fingerprint, params Claim[] claims) =>
        new(new ClaimsIdentity([new Claim(CredentialClaim, fingerprint), .. claims], scheme));

    private static string Clean(string? name)
    {
        var text = string.Concat((name ?? "").Where(character => !char.IsControl(character))).Trim();
        return text.Length <= LongestName ? text : text[..LongestName];
    }
}
