using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary><c>/v1/payment_pages/{cs_…}</c>: how <c>stripe trigger</c> pays a session without a browser.</summary>
/// <remarks><see href="https://github.com/stripe/stripe-cli/blob/master/pkg/fixtures/triggers/checkout.session.completed.json"/></remarks>
internal static class PaymentPageEndpoints
{
    private const string Kind = "checkout.session";

    public static void MapPaymentPages(this IEndpointRouteBuilder api)
    {
        var options = api.ServiceProvider.GetRequiredService<IOptions<SandboxOptions>>();
        api.MapOperation(HttpMethods.Get, "/payment_pages/{id}", call =>
        {
            call.Bind<BaseOptions>();
            return PageOf(call.Find<Session>(Kind));
        });
        api.MapOperation(HttpMethods.Post, "/payment_pages/{id}/confirm", call => Confirm(call, options.Value.SettlementDelay));
    }

    private static JsonObject Confirm(ApiCall call, TimeSpan settlementDelay)
    {
        var options = call.Bind<PaymentPageConfirmOptions>();
        var session = call.Find<Session>(Kind);
        if (session.Status != "open" || session.ExpiresAt <= call.Transaction.Now)
        {
            throw ApiErrors.Unexpected("checkout_not_active_session", "This Checkout Session is no longer active.");
        }

        Amounts.Locate(call.Transaction, session, Answers.TaxCountryOf(DefaultBuyer.Complete(session, new Buyer(null, null, null, null))));
        if (options.ExpectedAmount is { } expected && expected != (session.AmountTotal ?? 0))
        {
            throw ApiErrors.Unexpected(
                "checkout_amount_mismatch",
                $"The expected amount {expected} does not match the amount of the Checkout Session, {session.AmountTotal ?? 0}.",
                "expected_amount");
        }

        var result = session.Mode != "setup" && session.AmountTotal == 0
            ? Completion.CompleteFree(call.Transaction, session, BuyerOf(session, null))
            : Pay(call.Transaction, session, options.PaymentMethod ?? throw ApiErrors.Missing("payment_method"), settlementDelay);
        if (result is PayResult.Declined)
        {
            call.Error = DeclineOf(call.Transaction, session);
        }

        return PageOf(session);
    }

    private static PayResult Pay(Transaction transaction, Session session, string methodId, TimeSpan settlementDelay)
    {
        var method = PaymentMethodEndpoints.Find(transaction, methodId, "payment_method");
        if (!session.PaymentMethodTypes.Contains(method.Type))
        {
            throw ApiErrors.Invalid(
                $"The payment method type `{method.Type}` is not offered by this Checkout Session.", "payment_method");
        }

        var behavior = PaymentMethodEndpoints.BehaviorOf(transaction, method);
        var buyer = BuyerOf(session, method);
        return method.Type == "card"
            ? CardFlow.Pay(transaction, session, method, behavior.DeclineCode, behavior.RequiresAuthentication, buyer)
            : DebitFlow.Pay(transaction, session, method, behavior.DeclineCode, buyer, settlementDelay);
    }

    private static Buyer BuyerOf(Session session, PaymentMethod? method) => DefaultBuyer.Complete(
        session,
        new Buyer(
            session.CustomerEmail ?? method?.BillingDetails.Email ?? throw ApiErrors.Missing("payment_method[billing_details][email]"),
            method?.BillingDetails.Name,
            method?.BillingDetails.Address?.Country,
            method?.BillingDetails.Address?.PostalCode));

    private static StripeException DeclineOf(Transaction transaction, Session session)
    {
        if (session.SetupIntentId is { } setup)
        {
            return PaymentIntentEndpoints.Declined(transaction.Get<SetupIntent>(setup).LastSetupError, null);
        }

        var intent = PaymentIntents.For(transaction, session);
        return PaymentIntentEndpoints.Declined(intent.LastPaymentError, intent);
    }

    private static JsonObject PageOf(Session session) => new()
    {
        ["id"] = "ppage_1" + session.Id[^24..],
        ["object"] = "payment_page",
        ["amount_total"] = session.AmountTotal,
        ["currency"] = session.Currency,
        ["livemode"] = false,
        ["mode"] = session.Mode,
        ["payment_method_types"] = new JsonArray([.. session.PaymentMethodTypes.Select(type => JsonValue.Create(type))]),
        ["payment_status"] = session.PaymentStatus,
        ["session_id"] = session.Id,
        ["status"] = session.Status,
    };
}

/// <summary>The parameters of <c>POST /v1/payment_pages/{id}/confirm</c>.</summary>
internal sealed class PaymentPageConfirmOptions : BaseOptions
{
    [JsonPropertyName("expected_amount")]
    public long? ExpectedAmount { get; set; }

    [JsonPropertyName("payment_method")]
    public string? PaymentMethod { get; set; }
}
