using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Returns;

/// <summary><c>/v1/refunds</c>.</summary>
/// <remarks><see href="https://docs.stripe.com/api/refunds"/></remarks>
internal static class RefundEndpoints
{
    private const string Kind = "refund";
    private const string Path = "/refunds";

    private static readonly HashSet<string> Simulated = ["amount", "charge", "expand", "metadata", "payment_intent", "reason"];

    public static void MapRefunds(this IEndpointRouteBuilder api)
    {
        var sandbox = api.ServiceProvider.GetRequiredService<IOptions<SandboxOptions>>();
        api.MapOperation(HttpMethods.Post, Path, call => Create(call, sandbox.Value.SettlementDelay));
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<Refund>(Path, Kind);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}", Update);
    }

    private static JsonObject Create(ApiCall call, TimeSpan delay)
    {
        var options = call.Bind<RefundCreateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        ParameterRules.OneOf(options.Reason, "reason", "duplicate", "fraudulent", "requested_by_customer");
        ParameterRules.Metadata(options.Metadata, "metadata");
        var charge = ChargeOf(call.Transaction, options);
        var unrefunded = Refunds.Refundable(call.Transaction, charge);
        if (unrefunded == 0)
        {
            throw ApiErrors.AlreadyRefunded(charge.Id);
        }

        var amount = options.Amount ?? unrefunded;
        var currency = new Currency(charge.Currency);
        if (amount < 1)
        {
            throw ApiErrors.TooLow(1, "amount");
        }

        if (amount > unrefunded)
        {
            throw ApiErrors.Invalid(
                $"Refund amount ({currency.Format(amount)}) is greater than "
                + (unrefunded < charge.Amount ? "unrefunded amount on charge" : "charge amount") + $" ({currency.Format(unrefunded)})",
                "amount");
        }

        return call.Render(Refunds.Create(call.Transaction, charge, amount, options.Reason, options.Metadata, delay), options);
    }

    private static Charge ChargeOf(Transaction transaction, RefundCreateOptions options)
    {
        switch (options.Charge, options.PaymentIntent)
        {
            case ({ } id, null):
                var charge = transaction.TryFind<Charge>(id, out var named) ? named : throw ApiErrors.NoSuchReference("charge", id, "charge");
                return charge.Status == "succeeded"
                    ? charge
                    : throw ApiErrors.Unexpected("charge_not_refundable", $"Charge {id} has a status of {charge.Status} and cannot be refunded.", "charge");
            case (null, { } id):
                var intent = transaction.TryFind<PaymentIntent>(id, out var found)
                    ? found
                    : throw ApiErrors.NoSuchReference("payment_intent", id, "payment_intent");
                return transaction.TryFind<Charge>(intent.LatestChargeId, out var latest) && latest.Status == "succeeded"
                    ? latest
                    : throw ApiErrors.Invalid($"This PaymentIntent ({id}) does not have a successful charge to refund.", "payment_intent");
            case (null, null):
                throw ApiErrors.Invalid("One of the following params should be provided for this request: payment_intent or charge.");
            default:
                throw ApiErrors.Invalid("You may only specify one of these parameters: charge, payment_intent.", "charge");
        }
    }

    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<RefundUpdateOptions>();
        ParameterRules.Metadata(options.Metadata, "metadata");
        var refund = call.Find<Refund>(Kind);
        var merged = ParameterRules.Merge(refund.Metadata, options.Metadata);
        ParameterRules.Metadata(merged, "metadata");
        var previous = new { metadata = refund.Metadata };
        refund.Metadata = merged;
        call.Transaction.Emit("refund.updated", call.Transaction.Save(refund), previous);
        return call.Render(refund, options);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<RefundListOptions>();
        return call.RenderPage(
            call.Transaction.NewestFirst<Refund>().Where(refund =>
                Pagination.Admits(options.Created, refund.Created)
                && (options.Charge is null || refund.ChargeId == options.Charge)
                && (options.PaymentIntent is null || refund.PaymentIntentId == options.PaymentIntent)),
            options,
            Kind,
            "/v1" + Path);
    }
}
