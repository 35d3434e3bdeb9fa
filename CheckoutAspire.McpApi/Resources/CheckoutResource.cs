using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>A checkout as a resource: what <c>get_checkout</c> answers, as the ledger has it.</summary>
internal sealed class CheckoutResource : McpServerResource
{
    /// <inheritdoc/>
    public override ResourceTemplate ProtocolResourceTemplate { get; } = new()
    {
        UriTemplate = CheckoutUri.Template,
        Name = "checkout",
        Title = "Checkout",
        Description = "Where one of your checkouts stands, as get_checkout tells it. Subscribe to it to be told of each step of the order.",
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
            var checkout = await lookup.RecallAsync(sessionId, Caller.Of(request.User), cancellationToken);
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
                // It moves at any time, and is one caller's own.
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
