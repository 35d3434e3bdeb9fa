using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary><c>/v1/payment_intents</c>: reads Checkout's intents, and creates and confirms card payments as <c>stripe trigger</c> does.</summary>
internal static class PaymentIntentEndpoints
{
    private const string Kind = "payment_intent";
    private const string Path = "/payment_intents";

    private static readonly HashSet<string> Simulated =
    [
        "amount", "allowed_payment_method_types", "automatic_payment_methods[enabled]", "automatic_payment_methods[allow_redirects]", "confirm",
        "currency", "customer", "description", "expand", "metadata", "payment_method", "payment_method_types", "receipt_email", "return_url",
        "statement_descriptor", "statement_descriptor_suffix",
    ];

    public static void MapPaymentIntents(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, Path, Create);
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<PaymentIntent>(Path, Kind);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}/confirm", ConfirmAgain);
    }

    /// <summary>An intent that does not belong to a session.</summary>
    public static PaymentIntent New(Transaction transaction, long amount, string currency, Dictionary<string, string>? metadata)
    {
        var id = Identifiers.New("pi_3");
        return transaction.Save(new PaymentIntent
        {
            Id = id,
            Object = "payment_intent",
            Amount = amount,
            CaptureMethod = "automatic_async",
            ClientSecret = Identifiers.New($"{id}_secret_"),
            ConfirmationMethod = "automatic",
            Created = transaction.Now,
            Currency = currency,
            Metadata = ParameterRules.Merge(null, metadata),
            PaymentMethodOptions = new PaymentIntentPaymentMethodOptions
            {
                Card = new PaymentIntentPaymentMethodOptionsCard { RequestThreeDSecure = "automatic" },
            },
            PaymentMethodTypes = ["card"],
            Status = "requires_payment_method",
        });
    }

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<PaymentIntentParameters>();
        UnsupportedParameters.Check(call.Form, Simulated);
        var currency = ParameterRules.Currency(options.Currency, "currency");
        var amount = options.Amount ?? throw ApiErrors.Missing("amount");
        if (amount < currency.Minimum)
        {
            throw ApiErrors.Unexpected("amount_too_small", $"Amount must be at least {currency.MinimumSentence}", "amount");
        }

        if (amount > Currency.MaximumAmount)
        {
            throw ApiErrors.AmountTooLarge(currency.Format(Currency.MaximumAmount), "amount");
        }

        ParameterRules.Metadata(options.Metadata, "metadata");
        ParameterRules.MaximumLength(options.Description, 1000, "description");
        if ((options.AllowedPaymentMethodTypes ?? options.PaymentMethodTypes)?.Any(type => type != "card") == true)
        {
            throw ApiErrors.NotSimulated("payment_method_types");
        }

        if (options.Customer is { } customer && !call.Transaction.TryFind<Customer>(customer, out _))
        {
            throw ApiErrors.NoSuchReference("customer", customer, "customer");
        }

        var method = options.PaymentMethod is { } id ? PaymentMethodEndpoints.Find(call.Transaction, id, "payment_method") : null;
        if (options.Confirm == true && method is null)
        {
            throw ApiErrors.Missing("payment_method");
        }

        var intent = New(call.Transaction, amount, currency.Code, options.Metadata);
        intent.CustomerId = options.Customer;
        intent.Description = options.Description;
        intent.PaymentMethodId = method?.Id;
        intent.ReceiptEmail = options.ReceiptEmail;
        intent.StatementDescriptor = options.StatementDescriptor;
        intent.StatementDescriptorSuffix = options.StatementDescriptorSuffix;
        intent.Status = method is null ? "requires_payment_method" : "requires_confirmation";
        call.Transaction.Emit("payment_intent.created", intent);
        if (options.Confirm == true)
        {
            Confirm(call, intent, method!);
        }

        return call.Render(intent, options);
    }

    private static JsonObject ConfirmAgain(ApiCall call)
    {
        var options = call.Bind<PaymentIntentConfirmOptions>();
        UnsupportedParameters.Check(call.Form, new HashSet<string> { "expand", "payment_method", "return_url" });
        var intent = call.Find<PaymentIntent>(Kind);
        if (intent.Status is not ("requires_payment_method" or "requires_confirmation"))
        {
            throw ApiErrors.Unexpected(
                "payment_intent_unexpected_state",
                $"This PaymentIntent could not be confirmed because it has a status of {intent.Status}. Only a PaymentIntent with one of the "
                + "following statuses may be confirmed: requires_confirmation, requires_payment_method.");
        }

        var id = options.PaymentMethod ?? intent.PaymentMethodId ?? throw ApiErrors.Missing("payment_method");
        Confirm(call, intent, PaymentMethodEndpoints.Find(call.Transaction, id, "payment_method"));
        return call.Render(intent, options);
    }

    private static void Confirm(ApiCall call, PaymentIntent intent, PaymentMethod method)
    {
        var transaction = call.Transaction;
        if (method.Type != "card")
        {
            throw ApiErrors.NotSimulated("payment_method");
        }

        var behavior = PaymentMethodEndpoints.BehaviorOf(transaction, method);
        if (behavior.RequiresAuthentication)
        {
            intent.NextAction = new PaymentIntentNextAction { Type = "use_stripe_sdk" };
            intent.PaymentMethodId = method.Id;
            intent.Status = "requires_action";
            transaction.Emit("payment_intent.requires_action", transaction.Save(intent));
            return;
        }

        if (Decline.Find(behavior.DeclineCode) is not { } decline)
        {
            PaymentIntents.Succeed(transaction, intent, PaymentIntents.NewCharge(transaction, intent, method, "succeeded"));
            return;
        }

        PaymentIntents.Fail(
            transaction, intent, PaymentIntents.NewCharge(transaction, intent, method, "failed"), method, decline);
        call.Error = Declined(intent.LastPaymentError, intent);
    }

    /// <summary>402 with the intent in the error, where clients expect it.</summary>
    public static StripeException Declined(StripeError error, PaymentIntent? intent) => ApiErrors.Card(new StripeError
    {
        Charge = error.Charge,
        Code = error.Code,
        DeclineCode = error.DeclineCode,
        Message = error.Message,
        PaymentIntent = intent,
        PaymentMethod = error.PaymentMethod,
        Type = error.Type,
    });

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<PaymentIntentListOptions>();
        return call.RenderPage(
            call.Transaction.NewestFirst<PaymentIntent>().Where(intent =>
                Pagination.Admits(options.Created, intent.Created) && (options.Customer is null || intent.CustomerId == options.Customer)),
            options,
            Kind,
            "/v1" + Path);
    }
}

/// <summary>The parameters of <c>POST /v1/payment_intents</c>.</summary>
internal sealed class PaymentIntentParameters : PaymentIntentCreateOptions
{
    /// <summary>Replaced by <c>allowed_payment_method_types</c> in newer API versions; the Stripe CLI still sends it.</summary>
    [JsonPropertyName("payment_method_types")]
    public List<string>? PaymentMethodTypes { get; set; }
}
