using System.Security.Claims;

namespace CheckoutAspire.McpApi.Access;

/// <summary>The principal of a call. It owns the sessions that it creates, and no other principal sees them.</summary>
/// <param name="Id">Stable name of the principal: <c>anonymous</c>, <c>key:shop-agent</c>, <c>oauth:https://login.example|user-7</c>.</param>
internal sealed record Caller(string Id)
{
    private const string ScopeClaim = "scope";

    /// <summary>Any client of a server that requires no credentials, which is possible only in development and without a live key.</summary>
    public static Caller Anonymous { get; } = new("anonymous");

    /// <summary>The caller that the request's credentials identify.</summary>
    public static Caller Of(ClaimsPrincipal? user) =>
        user?.FindFirst(ClaimTypes.NameIdentifier)?.Value is { Length: > 0 } id ? new Caller(id) : Anonymous;

    /// <summary>The holder of an API key.</summary>
    public static ClaimsIdentity OfKey(ApiKey key) => Identity($"key:{key.Name}", key.Scopes);

    /// <summary>The subject of a valid token.</summary>
    public static ClaimsIdentity OfToken(string issuer, string subject, IEnumerable<string> scopes) => Identity($"oauth:{issuer}|{subject}", scopes);

    /// <summary>Whether the caller has the scope. Anonymous callers have every scope if authentication is off.</summary>
    public static bool HasScope(ClaimsPrincipal? user, string scope, AccessOptions access) =>
        user?.Identity?.IsAuthenticated is true ? user.HasClaim(ScopeClaim, scope) : !access.RequiresCredentials;

    // The SDK binds its sessions to this claim, and answers 403 to a call on another principal's session.
    private static ClaimsIdentity Identity(string id, IEnumerable<string> scopes) => new(
        [new Claim(ClaimTypes.NameIdentifier, id), .. scopes.Select(scope => new Claim(ScopeClaim, scope))],
        CallerAuthentication.Scheme);
}
