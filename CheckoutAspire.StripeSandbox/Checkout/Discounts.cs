using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary>Coupons and promotion codes on a session. They reduce the total and leave the subtotal unchanged.</summary>
/// <remarks><see href="https://docs.stripe.com/payments/checkout/discounts"/></remarks>
internal static class Discounts
{
    public const string InvalidCode = "This code is invalid.";

    public static void Check(SessionParameters options)
    {
        if (options.AllowPromotionCodes is not true && options.Discounts is null)
        {
            return;
        }

        var parameter = options.Discounts is null ? "allow_promotion_codes" : "discounts";
        if (options.AllowPromotionCodes is not null && options.Discounts is not null)
        {
            throw ApiErrors.Invalid("You may only specify one of these parameters: allow_promotion_codes, discounts.", parameter);
        }

        switch (options.Mode)
        {
            case "setup":
                throw ApiErrors.Invalid($"You can not pass `{parameter}` in `setup` mode.", parameter);
            case "subscription":
                throw ApiErrors.NotSimulated(parameter);
        }
    }

    /// <summary>The discount that the request specifies.</summary>
    public static SessionDiscount? Requested(Transaction transaction, SessionParameters options)
    {
        switch (options.Discounts)
        {
            case null or []:
                return null;
            case [{ Coupon: { } id, PromotionCode: null }]:
                return transaction.TryFind<Coupon>(id, out var coupon)
                    ? Usable(transaction, new SessionDiscount { CouponId = coupon.Id }, "discounts[0][coupon]")
                    : throw ApiErrors.NoSuchReference("coupon", id, "discounts[0][coupon]");
            case [{ Coupon: null, PromotionCode: { } id }]:
                return transaction.TryFind<PromotionCode>(id, out var code)
                    ? Usable(transaction, Of(code), "discounts[0][promotion_code]")
                    : throw ApiErrors.NoSuchReference("promotion code", id, "discounts[0][promotion_code]");
            case [{ Coupon: null, PromotionCode: null }]:
                throw ApiErrors.Missing("discounts[0][coupon]");
            case [_]:
                throw ApiErrors.Invalid("You may only specify one of these parameters: coupon, promotion_code.", "discounts[0]");
            default:
                throw ApiErrors.Invalid("You may specify up to 1 discounts.", "discounts");
        }
    }

    /// <summary>Applies a promotion code that the buyer entered.</summary>
    /// <returns>Why the code cannot be applied; null if it was applied.</returns>
    public static PageError? Enter(Transaction transaction, Session session, string? typed)
    {
        var text = typed?.Trim() ?? "";
        var code = transaction.NewestFirst<PromotionCode>()
            .FirstOrDefault(code => code.Active && string.Equals(code.Code, text, StringComparison.OrdinalIgnoreCase));
        if (session.AllowPromotionCodes != true || code is null)
        {
            return Wrong(InvalidCode);
        }

        if (WhyNot(transaction, Of(code), session.CustomerId) is { } reason)
        {
            return Wrong(reason);
        }

        var subtotal = session.AmountSubtotal!.Value;
        if (code.Restrictions.MinimumAmount is { } minimum
            && (code.Restrictions.MinimumAmountCurrency != session.Currency || subtotal < minimum))
        {
            return Wrong("This code needs a larger order.");
        }

        var coupon = transaction.Get<Coupon>(code.Promotion.CouponId);
        if (coupon.AmountOff is not null && coupon.Currency != session.Currency)
        {
            return Wrong(InvalidCode);
        }

        var total = subtotal - AmountOf(transaction, Of(code), subtotal, session.Currency);
        if (total > 0 && total < new Currency(session.Currency).Minimum)
        {
            return Wrong("This code would leave less than the smallest payment that is possible.");
        }

        Amounts.Calculate(transaction, session, transaction.Get<CheckoutTerms>(session.Id), Of(code));
        return null;

        static PageError Wrong(string sentence) => new(sentence, "promotionCode");
    }

    /// <summary>Removes the buyer's promotion code.</summary>
    public static void Remove(Transaction transaction, Session session)
    {
        if (session.AllowPromotionCodes == true)
        {
            Amounts.Calculate(transaction, session, transaction.Get<CheckoutTerms>(session.Id), null);
        }
    }

    /// <summary>The amount by which a discount reduces a subtotal.</summary>
    public static long AmountOf(Transaction transaction, SessionDiscount discount, long subtotal, string currency)
    {
        var coupon = transaction.Get<Coupon>(discount.CouponId);
        if (coupon.AmountOff is { } amount)
        {
            return coupon.Currency == currency
                ? Math.Min(amount, subtotal)
                : throw ApiErrors.Invalid(
                    $"The coupon {coupon.Id} is in `{coupon.Currency}` and cannot be applied to an order in `{currency}`.", "discounts");
        }

        return (long)decimal.Round(subtotal * coupon.PercentOff!.Value / 100, MidpointRounding.AwayFromZero);
    }

    /// <summary>The session's discount, unless its coupon takes off an amount of another currency.</summary>
    public static SessionDiscount? In(Transaction transaction, Session session, string currency) =>
        session.Discounts is [var discount] && transaction.TryFind<Coupon>(discount.CouponId, out var coupon)
        && (coupon.AmountOff is null || coupon.Currency == currency)
            ? discount
            : null;

    /// <summary>Counts the redemption of the session's discounts.</summary>
    public static void Redeem(Transaction transaction, Session session)
    {
        foreach (var discount in session.Discounts ?? [])
        {
            if (transaction.TryFind<Coupon>(discount.CouponId, out var coupon))
            {
                coupon.TimesRedeemed++;
                coupon.Valid = coupon.TimesRedeemed < (coupon.MaxRedemptions ?? long.MaxValue);
                transaction.Save(coupon);
            }

            if (transaction.TryFind<PromotionCode>(discount.PromotionCodeId, out var code))
            {
                code.TimesRedeemed++;
                transaction.Save(code);
            }
        }
    }

    private static SessionDiscount Of(PromotionCode code) => new() { CouponId = code.Promotion.CouponId, PromotionCodeId = code.Id };

    private static SessionDiscount Usable(Transaction transaction, SessionDiscount discount, string parameter) =>
        WhyNot(transaction, discount, null) is { } reason ? throw ApiErrors.Invalid(reason, parameter) : discount;

    private static string? WhyNot(Transaction transaction, SessionDiscount discount, string? customerId)
    {
        if (!transaction.TryFind<Coupon>(discount.CouponId, out var coupon))
        {
            return InvalidCode;
        }

        if (!coupon.Valid || coupon.RedeemBy <= transaction.Now)
        {
            return "This coupon has expired.";
        }

        if (!transaction.TryFind<PromotionCode>(discount.PromotionCodeId, out var code))
        {
            return null;
        }

        return !code.Active || (code.CustomerId is { } only && only != customerId) ? InvalidCode
            : code.ExpiresAt <= transaction.Now ? "This code has expired."
            : code.TimesRedeemed >= code.MaxRedemptions ? "This code has been used up."
            : null;
    }
}
