using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using Stripe;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// Compares one order with Stripe because an operator asked for it: its session or invoice, its refunds and disputes, its subscription. What the ledger does not
/// know is appended to the stream, as by reconciliation, and the order's timeline says how much that was.
/// </summary>
internal sealed class OrderRereading(IEnumerable<IStripeList> lists, StripeReader stripe, OrderLedger orders, OperatorLedger journal, FindingFeed feed)
{
    /// <exception cref="StripeException">Stripe does not answer: the entry is tried again.</exception>
    public async Task ReadAsync(string orderId, CancellationToken cancellationToken)
    {
        try
        {
            var found = await CompareAsync(orderId, cancellationToken);
            await journal.NoteAsync(
                orderId, "compared", found.Count == 0 ? "Stripe reports nothing that the ledger lacks" : "Stripe also reports " + string.Join(", ", found));
        }
        catch (StripeException exception) when (StripeReader.IsPermanent(exception))
        {
            await journal.NoteAsync(orderId, "compared", $"Stripe rejected the request ({StripeReader.Describe(exception)})");
        }
    }

    private async Task<IReadOnlyList<string>> CompareAsync(string orderId, CancellationToken cancellationToken)
    {
        var id = Uri.EscapeDataString(orderId);
        var isInvoice = orderId.StartsWith("in_", StringComparison.Ordinal);
        var payment = await stripe.GetJsonAsync(
            isInvoice ? "/v1/invoices/" + id : $"/v1/checkout/sessions/{id}?expand[]=payment_intent", cancellationToken);
        var found = new List<string>();
        await CompareAsync(isInvoice ? "invoices" : ReconciliationCursor.Sessions, payment);

        var order = await orders.FindAsync(orderId);
        if ((order?.PaymentIntent ?? payment.Reference("payment_intent")) is { Length: > 0 } intent)
        {
            foreach (var list in lists.Where(list => list.Name is "refunds" or "disputes"))
            {
                var page = await stripe.GetJsonAsync($"{list.Path}&limit=100&payment_intent={Uri.EscapeDataString(intent)}", cancellationToken);
                foreach (var item in (page["data"] as JsonArray ?? throw new JsonException("Stripe's answer is not a list.")).OfType<JsonObject>())
                {
                    await CompareAsync(list.Name, item);
                }
            }
        }

        if (!isInvoice && (order?.Subscription ?? payment.Reference("subscription")) is { Length: > 0 } subscription)
        {
            await CompareAsync("subscriptions", await stripe.GetJsonAsync("/v1/subscriptions/" + Uri.EscapeDataString(subscription), cancellationToken));
        }

        return found;

        async Task CompareAsync(string name, JsonObject item)
        {
            if (await lists.First(list => list.Name == name).CompareAsync(item, cancellationToken) is { } finding && await feed.AppendAsync(finding, again: true))
            {
                found.Add($"{finding.Type} ({finding.Id})");
            }
        }
    }
}
