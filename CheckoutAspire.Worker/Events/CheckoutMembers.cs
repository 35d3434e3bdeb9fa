namespace CheckoutAspire.Worker.Events;

/// <summary>The members of <see cref="CheckoutSession"/>, as a set.</summary>
[Flags]
internal enum CheckoutMembers
{
    None = 0,
    Id = 1,
    Currency = 1 << 1,
    AmountSubtotal = 1 << 2,
    AmountTotal = 1 << 3,
    Livemode = 1 << 4,
    PaymentStatus = 1 << 5,
    PaymentIntent = 1 << 6,
    Mode = 1 << 7,
    Subscription = 1 << 8,
    AllowPromotionCodes = 1 << 9,
    AutomaticTax = 1 << 10,
    ShippingOptions = 1 << 11,
    Created = 1 << 12,
    ExpiresAt = 1 << 13,
    ClientReferenceId = 1 << 14,
    Metadata = 1 << 15,

    /// <summary>Those that a session cannot be read without.</summary>
    Required = Id | Currency | AmountSubtotal | AmountTotal | Livemode | PaymentStatus | Created,
}

/// <summary>Finds the members of a session by their names.</summary>
internal static class CheckoutMember
{
    /// <summary>The member of a name; none if it is not read.</summary>
    public static CheckoutMembers Named(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 when name.SequenceEqual("id"u8) => CheckoutMembers.Id,
        4 when name.SequenceEqual("mode"u8) => CheckoutMembers.Mode,
        7 when name.SequenceEqual("created"u8) => CheckoutMembers.Created,
        8 when name.SequenceEqual("currency"u8) => CheckoutMembers.Currency,
        8 when name.SequenceEqual("livemode"u8) => CheckoutMembers.Livemode,
        8 when name.SequenceEqual("metadata"u8) => CheckoutMembers.Metadata,
        10 when name.SequenceEqual("expires_at"u8) => CheckoutMembers.ExpiresAt,
        12 when name.SequenceEqual("amount_total"u8) => CheckoutMembers.AmountTotal,
        12 when name.SequenceEqual("subscription"u8) => CheckoutMembers.Subscription,
        13 when name.SequenceEqual("automatic_tax"u8) => CheckoutMembers.AutomaticTax,
        14 when name.SequenceEqual("payment_intent"u8) => CheckoutMembers.PaymentIntent,
        14 when name.SequenceEqual("payment_status"u8) => CheckoutMembers.PaymentStatus,
        15 when name.SequenceEqual("amount_subtotal"u8) => CheckoutMembers.AmountSubtotal,
        16 when name.SequenceEqual("shipping_options"u8) => CheckoutMembers.ShippingOptions,
        19 when name.SequenceEqual("client_reference_id"u8) => CheckoutMembers.ClientReferenceId,
        21 when name.SequenceEqual("allow_promotion_codes"u8) => CheckoutMembers.AllowPromotionCodes,
        _ => CheckoutMembers.None,
    };
}
