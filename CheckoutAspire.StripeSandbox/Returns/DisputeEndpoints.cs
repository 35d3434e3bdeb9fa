using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Returns;

/// <summary><c>/v1/disputes</c>, and <c>POST /sandbox/payment_intents/{pi_…}/dispute</c>.</summary>
/// <remarks><see href="https://docs.stripe.com/api/disputes"/></remarks>
internal static class DisputeEndpoints
{
    private const string Kind = "dispute";
    private const string Path = "/disputes";

    private static readonly HashSet<string> Simulated = ["evidence[uncategorized_text]", "expand", "metadata", "submit"];

    public static void MapDisputes(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<Dispute>(Path, Kind);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}", Update);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}/close", Close);
    }

    /// <summary>Maps the buyer's side: disputing any payment, whatever its payment method.</summary>
    public static void MapDisputing(this IEndpointRouteBuilder sandbox) =>
        sandbox.MapOperation(HttpMethods.Post, "/payment_intents/{id}/dispute", Open);

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<DisputeListOptions>();
        return call.RenderPage(
            call.Transaction.NewestFirst<Dispute>().Where(dispute =>
                Pagination.Admits(options.Created, dispute.Created)
                && (options.Charge is null || dispute.ChargeId == options.Charge)
                && (options.PaymentIntent is null || dispute.PaymentIntentId == options.PaymentIntent)),
            options,
            Kind,
            "/v1" + Path);
    }

    /// <summary>Saves evidence and submits it. Stripe's test values of the evidence decide the dispute.</summary>
    /// <remarks><see href="https://docs.stripe.com/testing#disputes"/></remarks>
    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<DisputeUpdateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        ParameterRules.Metadata(options.Metadata, "metadata");
        var dispute = call.Find<Dispute>(Kind);
        var merged = ParameterRules.Merge(dispute.Metadata, options.Metadata);
        ParameterRules.Metadata(merged, "metadata");
        if (options.Evidence is not null && !Disputes.IsOpen(dispute))
        {
            throw ApiErrors.Invalid("This dispute is already closed, and its evidence cannot be updated.");
        }

        var previous = new { metadata = dispute.Metadata };
        dispute.Metadata = merged;
        dispute.Evidence.UncategorizedText = options.Evidence?.UncategorizedText ?? dispute.Evidence.UncategorizedText;
        call.Transaction.Save(dispute);
        if (options.Evidence is null || options.Submit == false)
        {
            call.Transaction.Emit("charge.dispute.updated", dispute, previous);
            return call.Render(dispute, options);
        }

        Disputes.Review(call.Transaction, dispute);
        switch (options.Evidence.UncategorizedText)
        {
            case "winning_evidence":
                Disputes.Win(call.Transaction, dispute);
                break;
            case "losing_evidence":
                Disputes.Lose(call.Transaction, dispute);
                break;
            case "escalate_inquiry_evidence" when Disputes.IsInquiry(dispute):
                Disputes.Escalate(call.Transaction, dispute);
                break;
        }

        return call.Render(dispute, options);
    }

    private static JsonObject Close(ApiCall call)
    {
        var options = call.Bind<DisputeCloseOptions>();
        var dispute = call.Find<Dispute>(Kind);
        if (!Disputes.IsOpen(dispute))
        {
            throw ApiErrors.Invalid("This dispute is already closed.");
        }

        Disputes.Lose(call.Transaction, dispute);
        return call.Render(dispute, options);
    }

    private static JsonObject Open(ApiCall call)
    {
        var options = call.Bind<DisputingOptions>();
        var intent = call.Find<PaymentIntent>("payment_intent");
        if (!call.Transaction.TryFind<Charge>(intent.LatestChargeId, out var charge) || charge.Status != "succeeded")
        {
            throw ApiErrors.Invalid($"This PaymentIntent ({intent.Id}) does not have a successful charge to dispute.", "payment_intent");
        }

        if (options.Amount is { } amount && (amount < 1 || amount > charge.Amount))
        {
            throw ApiErrors.Invalid($"The amount must be between 1 and {charge.Amount}.", "amount");
        }

        var behavior = new DisputeBehavior(options.Reason ?? "fraudulent", options.Inquiry == true);
        return call.Render(Disputes.Open(call.Transaction, charge, behavior, options.Amount), options);
    }
}

/// <summary>The parameters of <c>POST /sandbox/payment_intents/{id}/dispute</c>.</summary>
internal sealed class DisputingOptions : BaseOptions
{
    /// <summary>The disputed amount; the whole charge by default.</summary>
    [JsonPropertyName("amount")]
    public long? Amount { get; set; }

    /// <summary>Whether the dispute begins as an inquiry.</summary>
    [JsonPropertyName("inquiry")]
    public bool? Inquiry { get; set; }

    /// <summary>Stripe's reason; <c>fraudulent</c> by default.</summary>
    [JsonPropertyName("reason")]
    public string? Reason { get; set; }
}
