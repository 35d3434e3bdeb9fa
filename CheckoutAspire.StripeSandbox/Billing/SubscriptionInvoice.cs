using CheckoutAspire.StripeSandbox.Objects;
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
        invoice.Lines.Data = [.. lines.Select(line => Line(invoice.Id, subscription, line, period))];
        invoice.Parent = new InvoiceParent
        {
            SubscriptionDetails = new InvoiceParentSubscriptionDetails { Metadata = subscription.Metadata, SubscriptionId = subscription.Id },
            Type = "subscription_details",
        };
        return invoice;
    }

    private static InvoiceLineItem Line(string invoiceId, Subscription subscription, LineItem line, InvoicePeriod period) => new()
    {
        Id = Identifiers.New("il_1"),
        Object = "line_item",
        Amount = line.AmountTotal,
        Currency = line.Currency,
        Description = $"{line.Quantity} × {line.Description}",
        DiscountAmounts = [],
        Discountable = true,
        Discounts = [],
        Invoice = invoiceId,
        Metadata = subscription.Metadata,
        Parent = new InvoiceLineItemParent
        {
            SubscriptionItemDetails = new InvoiceLineItemParentSubscriptionItemDetails
            {
                Proration = false,
                Subscription = subscription.Id,
                SubscriptionItem = subscription.Items.Data.Find(item => item.Price.Id == line.Price.Id)?.Id,
            },
            Type = "subscription_item_details",
        },
        Period = new InvoiceLineItemPeriod { Start = period.Start, End = period.End },
        PretaxCreditAmounts = [],
        Pricing = new InvoiceLineItemPricing
        {
            PriceDetails = new InvoiceLineItemPricingPriceDetails { PriceId = line.Price.Id, Product = line.Price.ProductId },
            Type = "price_details",
            UnitAmountDecimal = line.Price.UnitAmountDecimal,
        },
        Quantity = line.Quantity,
        QuantityDecimal = line.Quantity,
        SubscriptionId = subscription.Id,
        Subtotal = line.AmountSubtotal,
        Taxes = [],
    };
}

/// <summary>The period that an invoice's lines cover.</summary>
internal sealed record InvoicePeriod(DateTime Start, DateTime End);
