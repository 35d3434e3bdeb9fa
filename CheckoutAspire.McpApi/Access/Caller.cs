using System.Security.Claims;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Who calls: the owner of the sessions that the call makes, and the only one who sees them.</summary>
/// <param name="Id">Stable name of the principal: <c>anonymous</c>, <c>key:shop-agent</c>, <c>oauth:https://login.example|user-7</c>.</param>
internal sealed record Caller(string Id)
{
    private const string ScopeClaim = "scope";

    /// <summary>Whoever reaches a server that asks for no credentials: possible only in development and without a live key.</summary>
    public static Caller Anonymous { get; } = new("anonymous");

    /// <summary>The caller whom the request's credentials name.</summary>
    public static Caller Of(ClaimsPrincipal? user) =>
        user?.FindFirst(ClaimTypes.NameIdentifier)?.Value is { Length: > 0 } id ? new Caller(id) : Anonymous;

    /// <summary>The holder of an API key.</summary>
    public static ClaimsIdentity OfKey(ApiKey key) => Identity($"key:{key.Name}", key.Scopes);

    /// <summary>The subject of a valid token.</summary>
    public static ClaimsIdentity OfToken(string issuer, string subject, IEnumerable<string> scopes) => Identity($"oauth:{issuer}|{subject}", scopes);

    /// <summary>Whether the credentials grant a scope; without any, whether none are asked for.</summary>
    public static bool MayUse(ClaimsPrincipal? user, string scope, AccessOptions access) =>
        user?.Identity?.IsAuthenticated is true ? user.HasClaim(ScopeClaim, scope) : !access.RequiresCredentials;

    // The SDK binds its sessions to this claim too: another principal's session answers 403.
    private static ClaimsIdentity Identity(string id, IEnumerable<string> scopes) => new(
        [new Claim(ClaimTypes.NameIdentifier, id), .. scopes.Select(scope => new Claim(ScopeClaim, scope))],
        CallerAuthentication.Scheme);
}
