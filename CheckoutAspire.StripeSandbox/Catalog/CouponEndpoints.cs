using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Catalog;

/// <summary><c>/v1/coupons</c>.</summary>
internal static class CouponEndpoints
{
    private static readonly HashSet<string> Simulated =
    [
        "id", "name", "amount_off", "currency", "percent_off", "duration", "duration_in_months", "max_redemptions", "redeem_by", "metadata",
        "expand",
    ];

    public static void MapCoupons(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, "/coupons", Create);
        api.MapOperation(HttpMethods.Get, "/coupons", List);
        api.MapRetrieve<Coupon>("/coupons", "coupon");
    }

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<CouponCreateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        ParameterRules.Metadata(options.Metadata, "metadata");
        ParameterRules.MaximumLength(options.Name, 40, "name");
        ParameterRules.OneOf(options.Duration, "duration", "forever", "once", "repeating");
        if (options.Id is { } id && call.Transaction.TryFind<Coupon>(id, out _))
        {
            throw ApiErrors.Invalid("Coupon already exists.", "id");
        }

        CheckReduction(options);
        var coupon = call.Transaction.Save(new Coupon
        {
            Id = options.Id ?? Identifiers.New("", 8),
            Object = "coupon",
            AmountOff = options.AmountOff,
            Created = call.Transaction.Now,
            Currency = options.AmountOff is null ? null : ParameterRules.Currency(options.Currency, "currency").Code,
            Duration = options.Duration ?? "once",
            DurationInMonths = options.DurationInMonths,
            MaxRedemptions = options.MaxRedemptions,
            Metadata = ParameterRules.Merge(null, options.Metadata),
            Name = options.Name,
            PercentOff = options.PercentOff,
            RedeemBy = options.RedeemBy,
            Valid = true,
        });
        call.Transaction.Emit("coupon.created", coupon);
        return call.Render(coupon, options);
    }

    private static void CheckReduction(CouponCreateOptions options)
    {
        switch (options.AmountOff, options.PercentOff)
        {
            case (null, null):
                throw ApiErrors.Invalid("You must specify either amount_off or percent_off.");
            case (not null, not null):
                throw ApiErrors.Invalid("You may only specify one of these parameters: amount_off, percent_off.", "amount_off");
            case ({ } amount, _) when amount < 1:
                throw ApiErrors.TooLow(1, "amount_off");
            case (_, <= 0 or > 100):
                throw ApiErrors.Invalid("Invalid decimal; must be greater than 0 and at most 100.", "percent_off");
        }

        if (options.Duration == "repeating" != options.DurationInMonths is not null)
        {
            throw options.DurationInMonths is null
                ? ApiErrors.Missing("duration_in_months")
                : ApiErrors.Invalid("You can only pass `duration_in_months` when `duration` is `repeating`.", "duration_in_months");
        }

        if (options.MaxRedemptions < 1)
        {
            throw ApiErrors.TooLow(1, "max_redemptions");
        }
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<CouponListOptions>();
        var coupons = call.Transaction.NewestFirst<Coupon>().Where(coupon => Pagination.Admits(options.Created, coupon.Created));
        return Expansion.Expand(
            call.Transaction, Pagination.Page(coupons, options, "coupon", "/v1/coupons", StripeJson.ToJson), options.Expand);
    }
}
