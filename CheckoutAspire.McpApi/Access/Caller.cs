using System.Security.Claims;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Who calls: the owner of the sessions that the call makes, and the only one who sees them.</summary>
/// <param name="Id">Stable name of the principal.</param>
internal sealed record Caller(string Id)
{
    /// <summary>Whoever reaches a server that asks for no credentials: possible only in development and without a live key.</summary>
    public static Caller Anonymous { get; } = new("anonymous");

    /// <summary>The caller whom the request's credentials name.</summary>
    public static Caller Of(ClaimsPrincipal? user) =>
        user?.FindFirst(ClaimTypes.NameIdentifier)?.Value is { Length: > 0 } id ? new Caller(id) : Anonymous;
}
