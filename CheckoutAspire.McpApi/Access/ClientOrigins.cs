using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>What browsers let web pages send and read (<see href="https://fetch.spec.whatwg.org/#http-cors-protocol">CORS</see>).</summary>
internal sealed class ClientOrigins(IOptions<OriginOptions> origins) : IConfigureOptions<CorsOptions>
{
    /// <summary>The policy of the MCP endpoints.</summary>
    public const string Mcp = "mcp";

    /// <summary>The policy of the public metadata documents, which any page may read.</summary>
    public const string Metadata = "metadata";

    private const string MetadataPath = "/.well-known";

    private static readonly TimeSpan s_preflightAge = TimeSpan.FromHours(1);

    public void Configure(CorsOptions options)
    {
        // The headers of the protocol's tool parameters have names of the tools' own.
        options.AddPolicy(Mcp, policy => policy
            .SetIsOriginAllowed(origins.Value.IsClientOrigin)
            .WithMethods(HttpMethods.Get, HttpMethods.Post, HttpMethods.Delete)
            .AllowAnyHeader()
            .WithExposedHeaders(CallerSessions.Header, "MCP-Protocol-Version", "WWW-Authenticate", "Retry-After", "Allow")
            .SetPreflightMaxAge(s_preflightAge));
        options.AddPolicy(Metadata, policy => policy.AllowAnyOrigin().WithMethods(HttpMethods.Get).AllowAnyHeader().SetPreflightMaxAge(s_preflightAge));
    }

    /// <summary>Whether the request is for a metadata document.</summary>
    public static bool IsMetadata(HttpContext context) => context.Request.Path.StartsWithSegments(MetadataPath);
}
