using System.Net;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using Stripe;
using Stripe.Checkout;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Operations.Finding;

/// <summary>What a search found.</summary>
/// <param name="Orders">The orders.</param>
/// <param name="IsComplete">False if more orders may match.</param>
/// <param name="Note">What the search could not do, or null.</param>
internal sealed record Findings(IReadOnlyList<Order> Orders, bool IsComplete, string? Note = null);

/// <summary>
/// Finds orders for operators. The ledger knows sessions, invoices, order numbers, references and the intents of paid orders. Stripe is asked about charges, refunds,
/// disputes, events, first invoices and e-mail addresses. An address goes to Stripe only: it is neither stored nor logged.
/// </summary>
internal sealed class OrderFinder(OrderLedger orders, OrderSearch search, WitnessOutbox index, DeadLetters dead, IStripeClient stripe)
{
    private const int MostSessions = 100;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly string[] s_stripesOwn = ["ch_", "py_", "re_", "pyr_", "du_", "dp_", "evt_"];

    /// <summary>The orders that a text means.</summary>
    public async Task<Findings> FindAsync(string text, CancellationToken cancellationToken)
    {
        var isStripesOwn = text.Contains('@', StringComparison.Ordinal) || s_stripesOwn.Any(prefix => text.StartsWith(prefix, StringComparison.Ordinal));
        var known = isStripesOwn ? new FoundOrders([], true) : await search.FindAsync(text, cancellationToken);
        if (known.Orders.Count > 0)
        {
            return new Findings(known.Orders, known.IsComplete);
        }

        if (text.StartsWith("evt_", StringComparison.Ordinal) && await dead.FindByEventAsync(text) is { ObjectId: { } objectId })
        {
            return await FindAsync(objectId, cancellationToken);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            return await AskAsync(text, patience.Token);
        }
        catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
        {
            return new Findings([], known.IsComplete);
        }
        catch (Exception exception) when (exception is StripeException or HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new Findings([], known.IsComplete, "Stripe could not be asked. Only the ledger was searched.");
        }
    }

    private async Task<Findings> AskAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Contains('@', StringComparison.Ordinal))
        {
            return await ListAsync(new SessionListOptions { CustomerDetails = new SessionCustomerDetailsOptions { Email = text } }, cancellationToken);
        }

        return text.Split('_')[0] switch
        {
            "ch" or "py" => await FindIntentAsync((await new ChargeService(stripe).GetAsync(text, cancellationToken: cancellationToken)).PaymentIntentId, cancellationToken),
            "re" or "pyr" => await FindIntentAsync((await new RefundService(stripe).GetAsync(text, cancellationToken: cancellationToken)).PaymentIntentId, cancellationToken),
            "du" or "dp" => await FindIntentAsync((await new DisputeService(stripe).GetAsync(text, cancellationToken: cancellationToken)).PaymentIntentId, cancellationToken),
            "pi" => await FindIntentAsync(text, cancellationToken),
            "sub" => await ListAsync(new SessionListOptions { Subscription = text }, cancellationToken),
            "cus" => await ListAsync(new SessionListOptions { Customer = text }, cancellationToken),
            "in" => (await new InvoiceService(stripe).GetAsync(text, cancellationToken: cancellationToken)).Parent?.SubscriptionDetails?.SubscriptionId is { } subscription
                ? await FindIndexedAsync(subscription) ?? await ListAsync(new SessionListOptions { Subscription = subscription }, cancellationToken)
                : new Findings([], true),
            "evt" => (await new EventService(stripe).GetAsync(text, cancellationToken: cancellationToken)).Data?.Object is IHasId { Id: { } id }
                && !id.StartsWith("evt_", StringComparison.Ordinal)
                ? await FindAsync(id, cancellationToken)
                : new Findings([], true),
            _ => new Findings([], true),
        };
    }

    private async Task<Findings> FindIntentAsync(string? intent, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(intent))
        {
            return new Findings([], true);
        }

        if (await FindIndexedAsync(intent) is { } indexed)
        {
            return indexed;
        }

        var listed = await ListAsync(new SessionListOptions { PaymentIntent = intent }, cancellationToken);
        if (listed.Orders.Count > 0)
        {
            return listed;
        }

        var scanned = await search.FindAsync(intent, cancellationToken);
        return new Findings(scanned.Orders, scanned.IsComplete);
    }

    private async Task<Findings?> FindIndexedAsync(string id) =>
        await index.FindSessionAsync(id) is { } session && await orders.FindAsync(session) is { } order ? new Findings([order], true) : null;

    /// <summary>The orders of sessions at Stripe. Sessions of other integrations have none.</summary>
    private async Task<Findings> ListAsync(SessionListOptions options, CancellationToken cancellationToken)
    {
        options.Limit = MostSessions;
        var sessions = await new SessionService(stripe).ListAsync(options, cancellationToken: cancellationToken);
        var found = await Task.WhenAll(sessions.Data.Select(session => orders.FindAsync(session.Id)));
        return new Findings([.. found.OfType<Order>()], !sessions.HasMore);
    }
}
