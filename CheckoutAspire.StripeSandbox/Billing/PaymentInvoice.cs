using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary>The invoice of a one-time payment, which <c>invoice_creation</c> asks for. It is created when the payment has succeeded.</summary>
/// <remarks><see href="https://docs.stripe.com/payments/checkout/post-payment-invoices"/></remarks>
internal static class PaymentInvoice
{
    /// <summary>Creates the session's invoice and marks it as paid.</summary>
    public static void Create(Transaction transaction, Session session, List<LineItem> lines)
    {
        var invoice = Invoices.New(transaction, session.CustomerId, session.Currency, "manual", session.AmountTotal!.Value);
        invoice.Lines.Data = [.. lines.Select(line => Line(transaction, invoice, line))];
        invoice.ShippingCost = session.ShippingCost is { } cost
            ? new InvoiceShippingCost
            {
                AmountSubtotal = cost.AmountSubtotal,
                AmountTax = cost.AmountTax,
                AmountTotal = cost.AmountTotal,
                ShippingRateId = cost.ShippingRateId,
            }
            : null;
        invoice.Subtotal = session.AmountSubtotal!.Value;
        invoice.SubtotalExcludingTax = invoice.Subtotal - lines.SelectMany(line => line.Taxes ?? []).Where(tax => tax.Rate.Inclusive).Sum(tax => tax.Amount);
        invoice.TotalExcludingTax = invoice.Total - session.TotalDetails.AmountTax;
        invoice.TotalTaxes = [.. lines.SelectMany(line => line.Taxes ?? []).Select(tax => new InvoiceTotalTax
        {
            Amount = tax.Amount,
            TaxBehavior = tax.Rate.Inclusive ? "inclusive" : "exclusive",
            TaxRateDetails = new InvoiceTotalTaxTaxRateDetails { TaxRateId = tax.Rate.Id },
            TaxabilityReason = tax.TaxabilityReason,
            TaxableAmount = tax.TaxableAmount,
            Type = "tax_rate_details",
        })];
        session.InvoiceId = invoice.Id;
        transaction.Emit("invoice.created", transaction.Save(invoice));
        transaction.Emit("invoice.finalized", invoice);
        if (transaction.TryFind<PaymentIntent>(session.PaymentIntentId, out var intent))
        {
            InvoicePayments.Open(transaction, invoice, intent);
        }

        Invoices.Pay(transaction, invoice);
    }

    private static InvoiceLineItem Line(Transaction transaction, Invoice invoice, LineItem sold)
    {
        var line = Invoices.Line(invoice, sold, new InvoicePeriod(transaction.Now, transaction.Now));
        line.Parent = new InvoiceLineItemParent
        {
            InvoiceItemDetails = new InvoiceLineItemParentInvoiceItemDetails { InvoiceItem = Identifiers.New("ii_1"), Proration = false },
            Type = "invoice_item_details",
        };
        line.Taxes = [.. (sold.Taxes ?? []).Select(tax => new InvoiceLineItemTax
        {
            Amount = tax.Amount,
            TaxBehavior = tax.Rate.Inclusive ? "inclusive" : "exclusive",
            TaxRateDetails = new InvoiceLineItemTaxTaxRateDetails { TaxRateId = tax.Rate.Id },
            TaxabilityReason = tax.TaxabilityReason,
            TaxableAmount = tax.TaxableAmount,
            Type = "tax_rate_details",
        })];
        return line;
    }
}
