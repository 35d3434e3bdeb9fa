using CheckoutAspire.McpApi.Checkouts;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Apps;

/// <summary>The app as a resource.</summary>
internal sealed class CheckoutAppResource(IOptions<SellerOptions> seller) : McpServerResource
{
    private readonly Lazy<string> _document = new(() => CheckoutApp.Write(seller.Value.Name));

    /// <inheritdoc/>
    public override ResourceTemplate ProtocolResourceTemplate { get; } = new()
    {
        UriTemplate = CheckoutApp.Uri,
        Name = "checkout_card",
        Title = "Checkout card",
        Description = "Shows a checkout's lines, amounts and state and a button for the payment page, in hosts of MCP Apps.",
        MimeType = CheckoutApp.MimeType,
        Meta = CheckoutApp.Meta(),
    };

    /// <inheritdoc/>
    public override IReadOnlyList<object> Metadata => [];

    /// <inheritdoc/>
    public override bool IsMatch(string uri) => uri == CheckoutApp.Uri;

    /// <inheritdoc/>
    public override ValueTask<ReadResourceResult> ReadAsync(
        RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(new ReadResourceResult
        {
            Contents =
            [
                new TextResourceContents
                {
                    Uri = CheckoutApp.Uri,
                    MimeType = CheckoutApp.MimeType,
                    Text = _document.Value,
                    Meta = CheckoutApp.Meta(),
                },
            ],
            // It is the same for all callers and changes only with a new release.
            TimeToLive = TimeSpan.FromHours(1),
            CacheScope = CacheScope.Public,
        });
}
