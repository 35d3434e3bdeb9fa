using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using Stripe;
using Stripe.Checkout;
using Order = CheckoutAspire.Orders.Ledger.Order;

namespace CheckoutAspire.Worker.Fulfillment;

/// <summary>The order of a Checkout Session.</summary>
internal static class SessionOrder
{
    /// <param name="fact">The verified fact.</param>
    /// <param name="fence">The claim's fence.</param>
    /// <param name="session">The session. Without its lines, those of the sale are complete.</param>
    /// <param name="sale">The order as the ledger has it.</param>
    public static PaidOrder From(CheckoutFact fact, long fence, Session session, Order? sale)
    {
        var buyer = session.CustomerDetails;
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
            CheckoutSession = fact.SessionId,
            Mode = session.Mode ?? fact.Mode,
            Subscription = session.SubscriptionId,
            Invoice = session.InvoiceId,
            AmountDiscount = session.TotalDetails?.AmountDiscount ?? 0,
            AmountShipping = session.TotalDetails?.AmountShipping ?? 0,
            AmountTax = session.TotalDetails?.AmountTax ?? 0,
            Lines = session.LineItems is { } items ? PaidLines.Of(items, sale?.LineItems ?? []) : PaidLines.Of(sale?.LineItems ?? []),
            ShippingRate = session.ShippingCost is not { } cost ? null : new CheckoutAspire.Fulfillment.ShippingRate
            {
                Id = cost.ShippingRateId,
                DisplayName = cost.ShippingRate?.DisplayName,
                AmountSubtotal = cost.AmountSubtotal,
                AmountTax = cost.AmountTax,
                AmountTotal = cost.AmountTotal,
            },
            Buyer = buyer is null ? null : new Buyer
            {
                Name = buyer.Name ?? buyer.IndividualName,
                BusinessName = buyer.BusinessName,
                Email = buyer.Email,
                Phone = buyer.Phone,
            },
            Shipping = session.CollectedInformation?.ShippingDetails is not { } shipping ? null : new ShippingDetails
            {
                Name = shipping.Name,
                Phone = buyer?.Phone,
                Address = AddressOf(shipping.Address),
            },
            BillingAddress = AddressOf(buyer?.Address),
            TaxIds = [.. buyer?.TaxIds?.Select(id => new CheckoutAspire.Fulfillment.TaxId(id.Type, id.Value)) ?? []],
            CustomFields = [.. session.CustomFields?.Select(FieldOf) ?? []],
            Consent = session.Consent is not { } consent ? null : new Consent(consent.Promotions, consent.TermsOfService),
            Locale = session.Locale is "auto" ? null : session.Locale,
            Principal = sale?.Principal,
            Owner = fact.Owner,
            BuyerRef = sale?.BuyerRef,
            Metadata = MetadataOf(session.Metadata),
        };
    }

    /// <summary>An address; null if Stripe has none, or an empty one.</summary>
    public static PostalAddress? AddressOf(Address? address) =>
        address is null or { Line1: null, Line2: null, City: null, State: null, PostalCode: null, Country: null } ? null : new PostalAddress
        {
            Line1 = address.Line1,
            Line2 = address.Line2,
            City = address.City,
            State = address.State,
            PostalCode = address.PostalCode,
            Country = address.Country,
        };

    /// <summary>The caller's metadata, without our own.</summary>
    public static IReadOnlyDictionary<string, string> MetadataOf(IReadOnlyDictionary<string, string>? metadata) =>
        (metadata ?? new Dictionary<string, string>()).Where(pair => !CheckoutMetadata.Reserved.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal);

    private static CustomField FieldOf(SessionCustomField field) =>
        new(field.Key, field.Label?.Custom, field.Type, field.Text?.Value ?? field.Numeric?.Value ?? field.Dropdown?.Value);
}
