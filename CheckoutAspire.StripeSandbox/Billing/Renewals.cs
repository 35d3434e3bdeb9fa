using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary><c>POST /sandbox/subscriptions/{sub_…}/renew</c>: the next period begins now, and its invoice is paid or refused.</summary>
internal static class Renewals
{
    private const string Kind = "subscription";

    public static void MapRenewals(this IEndpointRouteBuilder sandbox) =>
        sandbox.MapOperation(HttpMethods.Post, "/subscriptions/{id}/renew", call =>
        {
            var options = call.Bind<RenewalOptions>();
            var subscription = call.Find<Subscription>(Kind);
            if (subscription.Status is not ("active" or "past_due"))
            {
                throw ApiErrors.Invalid($"Only an active subscription is renewed. This one has a status of `{subscription.Status}`.");
            }

            return call.Render(Renew(call.Transaction, subscription, options.Declined == true), options);
        });

    /// <summary>Makes the next invoice, with Stripe's events in the order of causes.</summary>
    public static Invoice Renew(Transaction transaction, Subscription subscription, bool declined)
    {
        var item = subscription.Items.Data[0];
        var period = new InvoicePeriod(
            item.CurrentPeriodEnd, SubscriptionFlow.EndOfPeriod(item.CurrentPeriodEnd, item.Price.Recurring));
        foreach (var each in subscription.Items.Data)
        {
            each.CurrentPeriodStart = period.Start;
            each.CurrentPeriodEnd = period.End;
        }

        var lines = subscription.Items.Data.ConvertAll(each => LineOf(transaction, each));
        var total = lines.Sum(line => line.AmountTotal);
        var invoice = SubscriptionInvoice.New(transaction, subscription, lines, period, "subscription_cycle", total);
        var previous = new { latest_invoice = subscription.LatestInvoiceId };
        subscription.LatestInvoiceId = invoice.Id;
        subscription.Status = declined ? "past_due" : "active";
        KeepWhatTheNextOneNeeds(transaction, subscription);
        transaction.Emit("invoice.created", transaction.Save(invoice));
        transaction.Emit("invoice.finalized", invoice);
        transaction.Emit("customer.subscription.updated", transaction.Save(subscription), previous);
        if (Charge(transaction, subscription, invoice, declined))
        {
            SubscriptionInvoice.Pay(transaction, invoice);
            transaction.Emit("invoice.paid", invoice);
            transaction.Emit("invoice.payment_succeeded", invoice);
        }
        else
        {
            invoice.Attempted = true;
            invoice.AttemptCount = 1;
            transaction.Emit("invoice.payment_failed", transaction.Save(invoice));
        }

        return invoice;
    }

    private static bool Charge(Transaction transaction, Subscription subscription, Invoice invoice, bool declined)
    {
        // A subscription that cost nothing at first has no method.
        if (!transaction.TryFind<PaymentMethod>(subscription.DefaultPaymentMethodId, out var method))
        {
            return invoice.Total == 0;
        }

        var intent = PaymentIntentEndpoints.New(transaction, invoice.Total, invoice.Currency, null);
        intent.CustomerId = subscription.CustomerId;
        intent.Description = "Subscription update";
        intent.SetupFutureUsage = "off_session";
        transaction.Emit("payment_intent.created", intent);
        if (!declined)
        {
            PaymentIntents.Succeed(transaction, intent, PaymentIntents.NewCharge(transaction, intent, method, "succeeded"));
            return true;
        }

        PaymentIntents.Fail(
            transaction, intent, PaymentIntents.NewCharge(transaction, intent, method, "failed"), method, Decline.Generic);
        return false;
    }

    /// <summary>What is saved again is not forgotten.</summary>
    private static void KeepWhatTheNextOneNeeds(Transaction transaction, Subscription subscription)
    {
        if (transaction.TryFind<Customer>(subscription.CustomerId, out var customer))
        {
            transaction.Save(customer);
        }

        if (transaction.TryFind<PaymentMethod>(subscription.DefaultPaymentMethodId, out var method))
        {
            transaction.Save(method);
        }
    }

    private static LineItem LineOf(Transaction transaction, SubscriptionItem item)
    {
        var amount = (long)decimal.Round(item.Price.UnitAmountDecimal!.Value * item.Quantity, MidpointRounding.AwayFromZero);
        return new LineItem
        {
            AmountSubtotal = amount,
            AmountTotal = amount,
            Currency = item.Price.Currency,
            Description = transaction.TryFind<Product>(item.Price.ProductId, out var product) ? product.Name : "Subscription",
            Price = item.Price,
            Quantity = item.Quantity,
        };
    }
}

/// <summary>How the renewal ends.</summary>
internal sealed class RenewalOptions : BaseOptions
{
    /// <summary>Whether the bank refuses; without it, it pays.</summary>
    [JsonPropertyName("declined")]
    public bool? Declined { get; set; }
}
