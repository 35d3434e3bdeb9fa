using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary><c>POST /sandbox/subscriptions/{sub_…}/renew</c>: begins the next period now, without waiting for it.</summary>
internal static class Renewals
{
    private const string Kind = "subscription";

    public static void MapRenewals(this IEndpointRouteBuilder sandbox) =>
        sandbox.MapOperation(HttpMethods.Post, "/subscriptions/{id}/renew", call =>
        {
            var options = call.Bind<RenewalOptions>();
            var subscription = call.Find<Subscription>(Kind);
            if (!CanRenew(subscription))
            {
                throw ApiErrors.Invalid($"Only an active subscription can be renewed. This one has a status of `{subscription.Status}`.");
            }

            if (options.Currency is { } currency)
            {
                ParameterRules.Currency(currency, "currency");
            }

            return call.Render((IHasId?)Renew(call.Transaction, subscription, options) ?? subscription, options);
        });

    public static bool CanRenew(Subscription subscription) => subscription.Status is "active" or "past_due";

    /// <summary>Creates and collects the next invoice, or ends a subscription that is to be canceled at the end of its period.</summary>
    /// <returns>The invoice; null if the subscription has ended.</returns>
    public static Invoice? Renew(Transaction transaction, Subscription subscription, RenewalOptions options)
    {
        if (subscription.CancelAtPeriodEnd)
        {
            Cancellation.End(transaction, subscription);
            return null;
        }

        var period = BeginPeriod(subscription);
        var declined = options.Declined == true;
        var currency = options.Currency ?? subscription.Currency;
        var lines = subscription.Items.Data.ConvertAll(each => LineOf(transaction, each, currency));
        lines[0].AmountTotal += (options.Total ?? lines.Sum(line => line.AmountTotal)) - lines.Sum(line => line.AmountTotal);
        var invoice = SubscriptionInvoice.New(transaction, subscription, lines, period, "subscription_cycle", lines.Sum(line => line.AmountTotal));
        invoice.Currency = currency;
        var previous = new { latest_invoice = subscription.LatestInvoiceId, status = subscription.Status };
        subscription.LatestInvoiceId = invoice.Id;
        subscription.Status = declined ? "past_due" : "active";
        transaction.Keep<Customer>(subscription.CustomerId);
        transaction.Keep<PaymentMethod>(subscription.DefaultPaymentMethodId);
        transaction.Keep<MethodBehavior>(subscription.DefaultPaymentMethodId);
        transaction.Emit("invoice.created", transaction.Save(invoice));
        transaction.Emit("invoice.finalized", invoice);
        transaction.Emit("customer.subscription.updated", transaction.Save(subscription), previous);
        InvoiceCollection.Charge(transaction, subscription, invoice, declined ? Decline.Generic : null);
        return invoice;
    }

    private static InvoicePeriod BeginPeriod(Subscription subscription)
    {
        var item = subscription.Items.Data[0];
        var period = new InvoicePeriod(
            item.CurrentPeriodEnd, SubscriptionFlow.EndOfPeriod(item.CurrentPeriodEnd, item.Price.Recurring));
        foreach (var each in subscription.Items.Data)
        {
            each.CurrentPeriodStart = period.Start;
            each.CurrentPeriodEnd = period.End;
        }

        return period;
    }

    private static LineItem LineOf(Transaction transaction, SubscriptionItem item, string currency)
    {
        var unit = PriceAmounts.In(item.Price, currency) ?? item.Price.UnitAmountDecimal!.Value;
        var amount = (long)decimal.Round(unit * item.Quantity, MidpointRounding.AwayFromZero);
        return new LineItem
        {
            AmountSubtotal = amount,
            AmountTotal = amount,
            Currency = currency,
            Description = transaction.TryFind<Product>(item.Price.ProductId, out var product) ? product.Name : "Subscription",
            Price = item.Price,
            Quantity = item.Quantity,
        };
    }
}

/// <summary>The parameters of <c>POST /sandbox/subscriptions/{id}/renew</c>.</summary>
internal sealed class RenewalOptions : BaseOptions
{
    /// <summary>The invoice's currency; the subscription's by default.</summary>
    [JsonPropertyName("currency")]
    public string? Currency { get; set; }

    /// <summary>Whether the bank declines the payment.</summary>
    [JsonPropertyName("declined")]
    public bool? Declined { get; set; }

    /// <summary>The invoice's total, which may be 0 or negative; the sum of the subscription's prices by default.</summary>
    [JsonPropertyName("total")]
    public long? Total { get; set; }
}
