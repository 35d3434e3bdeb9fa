using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary>What all invoices have in common.</summary>
internal static class Invoices
{
    /// <summary>An open invoice without lines.</summary>
    public static Invoice New(Transaction transaction, string? customerId, string currency, string reason, long total)
    {
        var id = Identifiers.New("in_1");
        var number = transaction.NewestFirst<Invoice>().Count(invoice => invoice.CustomerId == customerId) + 1;
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
            Currency = currency,
            CustomerId = customerId,
            CustomerEmail = transaction.TryFind<Customer>(customerId, out var customer) ? customer.Email : null,
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
                Data = [],
                Url = $"/v1/invoices/{id}/lines",
            },
            Metadata = [],
            Number = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{customer?.InvoicePrefix}-{number:D4}"),
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

    /// <summary>A line for what a session has sold, without tax, metadata and origin.</summary>
    public static InvoiceLineItem Line(Invoice invoice, LineItem sold, InvoicePeriod period) => new()
    {
        Id = Identifiers.New("il_1"),
        Object = "line_item",
        Amount = sold.AmountSubtotal,
        Currency = sold.Currency,
        Description = sold.Description,
        DiscountAmounts = [],
        Discountable = true,
        Discounts = [],
        Invoice = invoice.Id,
        Metadata = [],
        Period = new InvoiceLineItemPeriod { Start = period.Start, End = period.End },
        PretaxCreditAmounts = [],
        Pricing = new InvoiceLineItemPricing
        {
            PriceDetails = new InvoiceLineItemPricingPriceDetails { PriceId = sold.Price.Id, Product = sold.Price.ProductId },
            Type = "price_details",
            UnitAmountDecimal = sold.Price.UnitAmountDecimal,
        },
        Quantity = sold.Quantity,
        QuantityDecimal = sold.Quantity,
        Subtotal = sold.AmountSubtotal,
        Taxes = [],
    };

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
}

/// <summary>The period that an invoice's lines cover.</summary>
internal sealed record InvoicePeriod(DateTime Start, DateTime End);
