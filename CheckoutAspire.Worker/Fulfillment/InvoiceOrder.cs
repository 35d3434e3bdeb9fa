using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using Stripe;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>The order of a subscription's renewal, which is known by its invoice.</summary>
internal static class InvoiceOrder
{
    /// <param name="fact">The verified fact.</param>
    /// <param name="fence">The claim's fence.</param>
    /// <param name="invoice">The invoice with all its lines.</param>
    /// <param name="sale">The order of the session that began the subscription; null if the ledger does not have it.</param>
    public static PaidOrder From(CheckoutFact fact, long fence, Invoice invoice, Order? sale)
    {
        var shipping = invoice.ShippingDetails is { } shipped ? ShippingOf(shipped.Name, shipped.Phone ?? invoice.CustomerPhone, shipped.Address)
            : invoice.CustomerShipping is { } stored ? ShippingOf(stored.Name, stored.Phone ?? invoice.CustomerPhone, stored.Address)
            : null;
        return new PaidOrder
        {
            Id = fact.SessionId,
            Fence = fence,
            OrderRef = fact.OrderRef,
            OrderNumber = OrderNumber.Of(fact.OrderRef, fact.SessionId),
            ProductId = fact.ProductId,
            ClientReferenceId = fact.ClientReferenceId,
            AmountSubtotal = fact.AmountSubtotal,
            AmountTotal = fact.AmountTotal,
            Currency = fact.Currency,
            Livemode = fact.Livemode,
            PaymentIntent = fact.PaymentIntent,
            CheckoutSession = sale?.SessionId,
            Mode = "subscription",
            Subscription = invoice.Parent?.SubscriptionDetails?.SubscriptionId,
            Invoice = fact.SessionId,
            AmountDiscount = invoice.TotalDiscountAmounts?.Sum(discount => discount.Amount) ?? 0,
            AmountShipping = invoice.ShippingCost?.AmountSubtotal ?? 0,
            AmountTax = invoice.TotalTaxes?.Sum(tax => tax.Amount) ?? 0,
            Lines = PaidLines.Of(invoice.Lines, sale?.LineItems ?? []),
            ShippingRate = invoice.ShippingCost is not { } cost ? null : new CheckoutAspire.Fulfillment.ShippingRate
            {
                Id = cost.ShippingRateId,
                DisplayName = cost.ShippingRate?.DisplayName,
                AmountSubtotal = cost.AmountSubtotal,
                AmountTax = cost.AmountTax,
                AmountTotal = cost.AmountTotal,
            },
            Buyer = new Buyer { Name = invoice.CustomerName, Email = invoice.CustomerEmail, Phone = invoice.CustomerPhone },
            Shipping = shipping,
            BillingAddress = SessionOrder.AddressOf(invoice.CustomerAddress),
            TaxIds = [.. invoice.CustomerTaxIds?.Select(id => new CheckoutAspire.Fulfillment.TaxId(id.Type, id.Value)) ?? []],
            Principal = sale?.Principal,
            Owner = fact.Owner,
            BuyerRef = sale?.BuyerRef,
            Metadata = SessionOrder.MetadataOf(invoice.Parent?.SubscriptionDetails?.Metadata),
        };
    }

    private static ShippingDetails ShippingOf(string? name, string? phone, Address? address) =>
        new() { Name = name, Phone = phone, Address = SessionOrder.AddressOf(address) };
}
