using System.Security.Cryptography;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Stripe.Checkout;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// This server's own links of payment pages, for example <c>https://shop.example/pay/7k3v…</c>. Stripe's links end with a fragment of hundreds of
/// characters, and a model that copies one may change it. A short link redirects to the session's own page at Stripe while the session is open.
/// </summary>
internal sealed class ShortLinks(
    IConnectionMultiplexer redis, OrderLedger ledger, IOptions<OriginOptions> app, IOptions<StripeOptions> stripe, TimeProvider time)
{
    /// <summary>The path before a link's id.</summary>
    public const string Path = "/pay/";

    private const string KeyPrefix = "co:pay:";
    private const string StripeHost = "checkout.stripe.com";

    // 100 random bits, without letters that people mistake for digits or for each other.
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 20;

    // A buyer who changes their mind more often follows the newest link.
    private const int MostReplaced = 20;

    // For a while after the session, a link shows what became of the order.
    private static readonly TimeSpan s_afterlife = TimeSpan.FromDays(1);

    /// <summary>Creates a link of a new session's page. It is stored before the order that refers to it.</summary>
    /// <returns>The link's id; empty if the page is at an address that is not Stripe's, to which a link would not redirect.</returns>
    public async Task<string> CreateAsync(Session session)
    {
        if (!IsPaymentPage(session.Url))
        {
            return "";
        }

        var id = RandomNumberGenerator.GetString(Alphabet, Length);
        await redis.GetDatabase().StringSetAsync(
            KeyPrefix + id, session.Id, new DateTimeOffset(session.ExpiresAt, TimeSpan.Zero) - time.GetUtcNow() + s_afterlife);
        return id;
    }

    /// <summary>The link of an order's page: ours, or Stripe's for an order without one.</summary>
    public string? Of(Order order) => order.ShortLink is { } id ? Of(id) : order.CheckoutUrl;

    /// <summary>The link with an id that <see cref="CreateAsync"/> returned, or null if that link does not exist or has expired.</summary>
    public string? Of(string id) => id.Length > 0 ? app.Value.AppOrigin + Path + id : null;

    /// <summary>The order of a link, or null if no link has this id. The link of a checkout that was replaced is one of the newest checkout.</summary>
    public async Task<Order?> FindAsync(string id)
    {
        if (id.Length != Length || !id.All(Alphabet.Contains) || (string?)await redis.GetDatabase().StringGetAsync(KeyPrefix + id) is not { } sessionId)
        {
            return null;
        }

        var order = await ledger.FindAsync(sessionId);
        for (var replaced = 0; replaced < MostReplaced && order?.ReplacedBy is { } newer && await ledger.FindAsync(newer) is { } replacement; replaced++)
        {
            order = replacement;
        }

        return order;
    }

    /// <summary>The page to which an order's link redirects; null if it takes no payment any more.</summary>
    public string? TargetOf(Order order) =>
        SessionStatus.Of(order, time.GetUtcNow()) == SessionStatus.Open && IsPaymentPage(order.CheckoutUrl) ? order.CheckoutUrl : null;

    // Stripe's page, or the one of the sandbox whose API this server calls.
    private bool IsPaymentPage(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var page)
        && (page is { Scheme: "https", Host: StripeHost, IsDefaultPort: true } || IsOfSandbox(page))
        && page.UserInfo.Length == 0;

    private bool IsOfSandbox(Uri page) =>
        stripe.Value.SecretKey.Mode is StripeMode.Sandbox && page.GetLeftPart(UriPartial.Authority) == stripe.Value.ApiBase.GetLeftPart(UriPartial.Authority);
}
