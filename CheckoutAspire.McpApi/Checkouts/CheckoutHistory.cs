using System.Buffers.Text;
using System.Globalization;
using System.Text;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>A caller's own checkouts, from the ledger.</summary>
internal sealed class CheckoutHistory(
    OwnedOrders owned, OrderLedger ledger, SubscriptionRenewals renewals, Ownership ownership, ShortLinks links, TimeProvider time)
{
    /// <summary>A list shows the newest renewal; <c>get_checkout</c> shows more.</summary>
    private const int MaxRenewals = 1;

    // A filter may skip many orders before it matches one. A page that ends early has a cursor to continue.
    private const int MaxRead = 500;

    /// <summary>A page of the caller's checkouts, or of those of one of its buyers, newest first.</summary>
    /// <exception cref="CheckoutException">The cursor is invalid.</exception>
    public async Task<CheckoutPage> ListAsync(Caller caller, string? state, string? buyerRef, int limit, string? cursor)
    {
        var owner = buyerRef is null ? ownership.Of(caller) : ownership.Of(caller, buyerRef);
        OwnedSession? last = cursor is null ? null : ReadCursor(cursor);
        List<CheckoutSummary> page = [];
        for (var read = 0; read < MaxRead;)
        {
            var sessions = await owned.ListAsync(owner, last, limit + 1);
            var orders = await Task.WhenAll(sessions.Take(limit).Select(session => ledger.FindAsync(session.SessionId)));
            for (var index = 0; index < orders.Length; index++)
            {
                last = sessions[index];
                // Earlier ledgers listed the renewals of subscriptions among their owner's sessions.
                if (orders[index] is { } order && SessionId.IsWellFormed(order.SessionId) && (state is null || order.State.Name() == state))
                {
                    page.Add(await SummaryAsync(order, last.Value.CreatedAt));
                }

                if (page.Count == limit && index + 1 < sessions.Count)
                {
                    return new CheckoutPage { Checkouts = page, NextCursor = WriteCursor(last.Value) };
                }
            }

            if (sessions.Count <= limit)
            {
                return new CheckoutPage { Checkouts = page };
            }

            read += orders.Length;
        }

        return new CheckoutPage { Checkouts = page, NextCursor = WriteCursor(last!.Value) };
    }

    private async Task<CheckoutSummary> SummaryAsync(Order order, DateTimeOffset createdAt)
    {
        var status = SessionStatus.Of(order, time.GetUtcNow());
        return new CheckoutSummary
        {
            SessionId = order.SessionId,
            OrderState = order.State.Name(),
            Status = status,
            PaymentStatus = order.PaymentStatus,
            AmountTotal = order.AmountTotal,
            Currency = order.Currency,
            Livemode = order.Livemode,
            CreatedAt = createdAt,
            ExpiresAt = order.ExpiresAt,
            Replaces = order.Replaces,
            ReplacedBy = order.ReplacedBy,
            CheckoutUrl = status == SessionStatus.Open ? links.Of(order) : null,
            ProductName = CallerTextMembers.Show(order.ProductName),
            OrderRef = order.OrderRef,
            BuyerRef = CallerTextMembers.Show(order.BuyerRef),
            ClientReferenceId = CallerTextMembers.Show(order.ClientReferenceId),
            CallerText = CallerTextMembers.Of(order, withLines: false),
            Subscription = CheckoutSubscription.IsBegunBy(order)
                ? CheckoutSubscription.From(order, await renewals.ListAsync(order.SessionId, MaxRenewals))
                : null,
        };
    }

    // 1763884800123.cs_test_a1B2…
    private static string WriteCursor(OwnedSession last) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{last.CreatedAt.ToUnixTimeMilliseconds()}.{last.SessionId}")));

    private static OwnedSession ReadCursor(string cursor)
    {
        var parts = Base64Url.IsValid(cursor) ? Encoding.ASCII.GetString(Base64Url.DecodeFromChars(cursor)).Split('.') : [];
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var created)
            && created <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            && parts[1].All(character => char.IsAsciiLetterOrDigit(character) || character == '_')
                ? new OwnedSession(parts[1], DateTimeOffset.FromUnixTimeMilliseconds(created))
                : throw new CheckoutException(
                    CheckoutErrorCode.InvalidRequest, "cursor must be the next_cursor of an earlier page. Omit it for the first page.", "cursor");
    }
}
