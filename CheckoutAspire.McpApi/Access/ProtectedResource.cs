using Microsoft.Extensions.Options;
using ModelContextProtocol.AspNetCore.Authentication;
using ModelContextProtocol.Authentication;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Publishes the authorization server to clients (<see href="https://www.rfc-editor.org/rfc/rfc9728">RFC 9728</see>). The resource's name comes
/// from <c>APP_BASE_URL</c> and not from the request, because behind a proxy the request has neither the public scheme nor the public host.
/// </summary>
internal sealed class ProtectedResource(IOptions<AccessOptions> access, IOptions<OriginOptions> app, IOptions<McpEndpoints> endpoints)
    : IConfigureNamedOptions<McpAuthenticationOptions>
{
    public const string MetadataPath = "/.well-known/oauth-protected-resource";

    public void Configure(McpAuthenticationOptions options) => Configure(McpAuthenticationDefaults.AuthenticationScheme, options);

    public void Configure(string? name, McpAuthenticationOptions options) => options.Events.OnResourceMetadataRequest = context =>
    {
        var path = context.Request.Path.Value![MetadataPath.Length..].TrimEnd('/') is { Length: > 0 } own ? endpoints.Value.Find(own) : McpEndpoints.Mcp;
        if (access.Value.OAuth is not { } oauth || path is null)
        {
            context.SkipHandler();
            return Task.CompletedTask;
        }

        context.ResourceMetadata = new ProtectedResourceMetadata
        {
            Resource = app.Value.AppOrigin + path,
            AuthorizationServers = { oauth.Authority },
            ScopesSupported = [.. CheckoutScope.All],
            BearerMethodsSupported = ["header"],
        };
        return Task.CompletedTask;
    };
}
