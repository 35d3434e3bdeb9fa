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
        var id = Identifiers.New("in_1");
        var number = transaction.NewestFirst<Invoice>().Count(invoice => invoice.CustomerId == subscription.CustomerId) + 1;
        return new Invoice
        {
            Id = id,
            Object = "invoice",
            AccountCountry = "US",
            AccountName = Merchant.Name,
            // A negative total is credited to the customer: there is nothing to pay.
            AmountDue = Math.Max(0, total),
            AmountRemaining = Math.Max(0, total),
            AutoAdvance = false,
            AutomaticTax = new InvoiceAutomaticTax { Enabled = false },
            BillingReason = reason,
            CollectionMethod = "charge_automatically",
            Created = transaction.Now,
            Currency = subscription.Currency,
            CustomerId = subscription.CustomerId,
            CustomerEmail = transaction.TryFind<Customer>(subscription.CustomerId, out var customer) ? customer.Email : null,
            CustomerName = customer?.Name,
            CustomerTaxExempt = "none",
            CustomerTaxIds = [],
            DefaultTaxRates = [],
            Discounts = [],
            EffectiveAt = transaction.Now,
            Issuer = new InvoiceIssuer { Type = "self" },
            Lines = new StripeList<InvoiceLineItem>
            {
                Object = "list",
                Data = [.. lines.Select(line => Line(id, subscription, line, period))],
                Url = $"/v1/invoices/{id}/lines",
            },
            Metadata = [],
            Number = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{customer?.InvoicePrefix}-{number:D4}"),
            Parent = new InvoiceParent
            {
                SubscriptionDetails = new InvoiceParentSubscriptionDetails
                {
                    Metadata = subscription.Metadata,
                    SubscriptionId = subscription.Id,
                },
                Type = "subscription_details",
            },
            PaymentSettings = new InvoicePaymentSettings(),
            PeriodEnd = transaction.Now,
            PeriodStart = transaction.Now,
            Status = "open",
            StatusTransitions = new InvoiceStatusTransitions { FinalizedAt = transaction.Now },
            Subtotal = total,
            SubtotalExcludingTax = total,
            Total = total,
            TotalDiscountAmounts = [],
            TotalExcludingTax = total,
            TotalPretaxCreditAmounts = [],
            TotalTaxes = [],
        };
    }

    /// <summary>Marks an open invoice and its payment as paid.</summary>
    public static void Pay(Transaction transaction, Invoice invoice)
    {
        var previous = new
        {
            amount_paid = invoice.AmountPaid,
            amount_remaining = invoice.AmountRemaining,
            attempt_count = invoice.AttemptCount,
            attempted = invoice.Attempted,
            status = invoice.Status,
        };
        invoice.AmountPaid = invoice.AmountDue;
        invoice.AmountRemaining = 0;
        invoice.AttemptCount += invoice.AmountDue > 0 ? 1 : 0;
        invoice.Attempted = true;
        invoice.EndingBalance = Math.Min(0, invoice.Total);
        invoice.Status = "paid";
        invoice.StatusTransitions.PaidAt = transaction.Now;
        transaction.Emit("invoice.updated", transaction.Save(invoice), previous);
        transaction.Emit("invoice.paid", invoice);
        transaction.Emit("invoice.payment_succeeded", invoice);
        InvoicePayments.Pay(transaction, invoice);
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
