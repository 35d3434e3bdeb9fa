using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Card;

/// <summary>The card as a resource.</summary>
internal sealed class CheckoutCardResource : McpServerResource
{
    /// <inheritdoc/>
    public override ResourceTemplate ProtocolResourceTemplate { get; } = new()
    {
        UriTemplate = CheckoutCard.Uri,
        Name = "checkout_card",
        Title = "Checkout card",
        Description = "Shows a checkout's item, amount and state, and the way to the payment page, in hosts of MCP Apps.",
        MimeType = CheckoutCard.MimeType,
        Meta = CheckoutCard.Meta(),
    };

    /// <inheritdoc/>
    public override IReadOnlyList<object> Metadata => [];

    /// <inheritdoc/>
    public override bool IsMatch(string uri) => uri == CheckoutCard.Uri;

    /// <inheritdoc/>
    public override ValueTask<ReadResourceResult> ReadAsync(
        RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new ReadResourceResult
        {
            Contents =
            [
                new TextResourceContents
                {
                    Uri = CheckoutCard.Uri,
                    MimeType = CheckoutCard.MimeType,
                    Text = CheckoutCard.Html,
                    Meta = CheckoutCard.Meta(),
                },
            ],
            // The same for everyone until the server is another.
            TimeToLive = TimeSpan.FromHours(1),
            CacheScope = CacheScope.Public,
        });
}
