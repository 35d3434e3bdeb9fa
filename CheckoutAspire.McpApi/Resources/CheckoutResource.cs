using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>A checkout as a resource: the result of <c>get_checkout</c>, from the ledger.</summary>
internal sealed class CheckoutResource : McpServerResource
{
    /// <inheritdoc/>
    public override ResourceTemplate ProtocolResourceTemplate { get; } = new()
    {
        UriTemplate = CheckoutUri.Template,
        Name = "checkout",
        Title = "Checkout",
        Description = "The state of one of your checkouts, as get_checkout returns it. Subscribe to it to be notified of each step of the order.",
        MimeType = "application/json",
    };

    /// <inheritdoc/>
    public override IReadOnlyList<object> Metadata => [];

    /// <inheritdoc/>
    public override bool IsMatch(string uri) => CheckoutUri.SessionOf(uri) is not null;

    /// <inheritdoc/>
    public override async ValueTask<ReadResourceResult> ReadAsync(
        RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default)
    {
        var uri = request.Params.Uri;
        var sessionId = CheckoutUri.SessionOf(uri) ?? throw ResourceErrors.NotFound(request.Server.NegotiatedProtocolVersion);
        try
        {
            var lookup = request.Services!.GetRequiredService<CheckoutLookup>();
            var checkout = await lookup.GetFromLedgerAsync(sessionId, Caller.Of(request.User));
            return new ReadResourceResult
            {
                Contents =
                [
                    new TextResourceContents
                    {
                        Uri = uri,
                        MimeType = ProtocolResourceTemplate.MimeType,
                        Text = JsonSerializer.Serialize(checkout, CheckoutJson.Unescaped.CheckoutDetails),
                    },
                ],
                // It can change at any time, and belongs to one caller.
                TimeToLive = TimeSpan.Zero,
                CacheScope = CacheScope.Private,
            };
        }
        catch (Exception exception) when (ResourceErrors.Explain(exception, request.Server.NegotiatedProtocolVersion) is { } error)
        {
            throw error;
        }
    }
}
