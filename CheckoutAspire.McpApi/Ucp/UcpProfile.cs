using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The document at <c>/.well-known/ucp</c>: <see href="https://ucp.dev/2026-04-08/specification/overview#business-profile"/>.</summary>
internal sealed record UcpProfileDocument
{
    public required UcpEnvelope Ucp { get; init; }
}

/// <summary>Publishes the seller's endpoint and capabilities to platforms.</summary>
internal sealed class UcpProfile(IOptions<OriginOptions> app)
{
    public const string Path = "/.well-known/ucp";

    // The specification requires at least a minute: https://ucp.dev/2026-04-08/specification/overview#hosting
    private const string CacheControl = "public, max-age=300";

    private const string Documents = "https://ucp.dev/" + UcpVersion.Current;

    /// <summary>Writes the profile.</summary>
    public Task WriteAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = CacheControl;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(
            JsonSerializer.SerializeToUtf8Bytes(Describe(), UcpJsonOptions.Unescaped.UcpProfileDocument), context.RequestAborted).AsTask();
    }

    private UcpProfileDocument Describe() => new()
    {
        Ucp = new UcpEnvelope
        {
            Version = UcpVersion.Current,
            Services = new Dictionary<string, IReadOnlyList<UcpEntity>>
            {
                [UcpVersion.Service] =
                [
                    new UcpEntity
                    {
                        Version = UcpVersion.Current,
                        Spec = Documents + "/specification/overview",
                        Transport = "mcp",
                        Schema = Documents + "/services/shopping/mcp.openrpc.json",
                        Endpoint = app.Value.AppOrigin + UcpEndpoints.Path,
                    },
                ],
            },
            Capabilities = new Dictionary<string, IReadOnlyList<UcpEntity>>
            {
                [UcpVersion.CheckoutCapability] = [Capability("checkout")],
                [UcpVersion.OrderCapability] = [Capability("order")],
            },
            PaymentHandlers = new Dictionary<string, IReadOnlyList<UcpEntity>>(),
        },
    };

    private static UcpEntity Capability(string name) => new()
    {
        Version = UcpVersion.Current,
        Spec = $"{Documents}/specification/{name}",
        Schema = $"{Documents}/schemas/shopping/{name}.json",
    };
}
