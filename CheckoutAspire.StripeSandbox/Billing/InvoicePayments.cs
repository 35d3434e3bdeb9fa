using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary>The payments of invoices, which link an invoice to its payment intent.</summary>
internal static class InvoicePayments
{
    /// <summary>Links an open invoice to the intent that will pay it.</summary>
    public static void Open(Transaction transaction, Invoice invoice, PaymentIntent intent) => transaction.Save(new InvoicePayment
    {
        Id = Identifiers.New("inpay_1"),
        Object = "invoice_payment",
        AmountRequested = intent.Amount,
        Created = transaction.Now,
        Currency = intent.Currency,
        InvoiceId = invoice.Id,
        IsDefault = true,
        Payment = new InvoicePaymentPayment { PaymentIntentId = intent.Id, Type = "payment_intent" },
        Status = "open",
        StatusTransitions = new InvoicePaymentStatusTransitions(),
    });

    /// <summary>The payments of an invoice, newest first.</summary>
    public static IEnumerable<InvoicePayment> Of(Transaction transaction, string invoiceId) =>
        transaction.NewestFirst<InvoicePayment>().Where(payment => payment.InvoiceId == invoiceId);

    /// <summary>Marks the open payment of an invoice as paid. An invoice with nothing to pay has none.</summary>
    public static void Pay(Transaction transaction, Invoice invoice)
    {
        if (Of(transaction, invoice.Id).FirstOrDefault(payment => payment.Status == "open") is { } payment)
        {
            payment.AmountPaid = payment.AmountRequested;
            payment.Status = "paid";
            payment.StatusTransitions.PaidAt = transaction.Now;
            transaction.Emit("invoice_payment.paid", transaction.Save(payment));
        }
    }
}
