using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary>A subscription's invoices: the first is paid through Checkout, and each later period has one.</summary>
internal static class SubscriptionInvoice
{
    public static Invoice New(
        Transaction transaction, Session session, Subscription subscription, List<LineItem> lines, DateTime end) =>
        New(transaction, subscription, lines, new InvoicePeriod(transaction.Now, end), "subscription_create", session.AmountTotal!.Value);

    public static Invoice New(
        Transaction transaction, Subscription subscription, List<LineItem> lines, InvoicePeriod period, string reason, long total)
    {
        var invoice = Invoices.New(transaction, subscription.CustomerId, subscription.Currency, reason, total);
        invoice.Lines.Data = [.. lines.Select(line => Line(invoice, subscription, line, period))];
        invoice.Parent = new InvoiceParent
        {
            SubscriptionDetails = new InvoiceParentSubscriptionDetails { Metadata = subscription.Metadata, SubscriptionId = subscription.Id },
            Type = "subscription_details",
        };
        return invoice;
    }

    private static InvoiceLineItem Line(Invoice invoice, Subscription subscription, LineItem sold, InvoicePeriod period)
    {
        var line = Invoices.Line(invoice, sold, period);
        line.Amount = sold.AmountTotal;
        line.Description = $"{sold.Quantity} × {sold.Description}";
        line.Metadata = subscription.Metadata;
        line.Parent = new InvoiceLineItemParent
        {
            SubscriptionItemDetails = new InvoiceLineItemParentSubscriptionItemDetails
            {
                Proration = false,
                Subscription = subscription.Id,
                SubscriptionItem = subscription.Items.Data.Find(item => item.Price.Id == sold.Price.Id)?.Id,
            },
            Type = "subscription_item_details",
        };
        line.SubscriptionId = subscription.Id;
        return line;
    }
}
