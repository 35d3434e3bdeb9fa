using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Catalog;

/// <summary><c>/v1/promotion_codes</c>: codes that buyers enter to get a coupon's discount.</summary>
internal static class PromotionCodeEndpoints
{
    private static readonly HashSet<string> Simulated =
    [
        "promotion[type]", "promotion[coupon]", "code", "active", "customer", "expires_at", "max_redemptions", "metadata",
        "restrictions[minimum_amount]", "restrictions[minimum_amount_currency]", "expand",
    ];

    public static void MapPromotionCodes(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, "/promotion_codes", Create);
        api.MapOperation(HttpMethods.Get, "/promotion_codes", List);
        api.MapOperation(HttpMethods.Post, "/promotion_codes/{id}", Update);
        api.MapRetrieve<PromotionCode>("/promotion_codes", "promotion code");
    }

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<PromotionCodeCreateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        ParameterRules.Metadata(options.Metadata, "metadata");
        ParameterRules.OneOf(options.Promotion?.Type ?? throw ApiErrors.Missing("promotion[type]"), "promotion[type]", "coupon");
        var couponId = options.Promotion.Coupon ?? throw ApiErrors.Missing("promotion[coupon]");
        if (!call.Transaction.TryFind<Coupon>(couponId, out _))
        {
            throw ApiErrors.NoSuchReference("coupon", couponId, "promotion[coupon]");
        }

        if (options.Customer is { } customer && !call.Transaction.TryFind<Customer>(customer, out _))
        {
            throw ApiErrors.NoSuchReference("customer", customer, "customer");
        }

        var code = call.Transaction.Save(new PromotionCode
        {
            Id = Identifiers.New("promo_1"),
            Object = "promotion_code",
            Active = options.Active ?? true,
            Code = CodeOf(call.Transaction, options.Code),
            Created = call.Transaction.Now,
            CustomerId = options.Customer,
            ExpiresAt = options.ExpiresAt,
            MaxRedemptions = options.MaxRedemptions,
            Metadata = ParameterRules.Merge(null, options.Metadata),
            Promotion = new PromotionCodePromotion { Type = "coupon", CouponId = couponId },
            Restrictions = RestrictionsOf(options.Restrictions),
        });
        call.Transaction.Emit("promotion_code.created", code);
        return call.Render(code, options);
    }

    private static string CodeOf(Transaction transaction, string? asked)
    {
        var code = asked ?? Identifiers.New("", 8).ToUpperInvariant();
        if (!code.All(character => char.IsAsciiLetterOrDigit(character) || character == '-'))
        {
            throw ApiErrors.Invalid("Promotion codes may only contain the characters a-z, A-Z, 0-9 and -.", "code");
        }

        return transaction.NewestFirst<PromotionCode>()
            .Any(other => other.Active && string.Equals(other.Code, code, StringComparison.OrdinalIgnoreCase))
            ? throw ApiErrors.Invalid($"An active promotion code with `code: {code}` already exists.", "code")
            : code;
    }

    private static PromotionCodeRestrictions RestrictionsOf(PromotionCodeRestrictionsOptions? options)
    {
        if (options?.MinimumAmount is null != options?.MinimumAmountCurrency is null)
        {
            throw ApiErrors.Missing(
                options!.MinimumAmount is null ? "restrictions[minimum_amount]" : "restrictions[minimum_amount_currency]");
        }

        return new PromotionCodeRestrictions
        {
            FirstTimeTransaction = false,
            MinimumAmount = options?.MinimumAmount,
            MinimumAmountCurrency = options?.MinimumAmountCurrency is { } currency
                ? ParameterRules.Currency(currency, "restrictions[minimum_amount_currency]").Code
                : null,
        };
    }

    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<PromotionCodeUpdateOptions>();
        UnsupportedParameters.Check(call.Form, new HashSet<string> { "active", "metadata", "expand" });
        ParameterRules.Metadata(options.Metadata, "metadata");
        var code = call.Find<PromotionCode>("promotion code");
        code.Active = options.Active ?? code.Active;
        code.Metadata = ParameterRules.Merge(code.Metadata, options.Metadata);
        call.Transaction.Emit("promotion_code.updated", call.Transaction.Save(code));
        return call.Render(code, options);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<PromotionCodeListOptions>();
        var codes = call.Transaction.NewestFirst<PromotionCode>().Where(code =>
            (options.Active is null || code.Active == options.Active)
            && (options.Code is null || string.Equals(code.Code, options.Code, StringComparison.OrdinalIgnoreCase))
            && (options.Coupon is null || code.Promotion.CouponId == options.Coupon)
            && (options.Customer is null || code.CustomerId == options.Customer)
            && Pagination.Admits(options.Created, code.Created));
        return Expansion.Expand(
            call.Transaction,
            Pagination.Page(codes, options, "promotion_code", "/v1/promotion_codes", StripeJson.ToJson),
            options.Expand);
    }
}
