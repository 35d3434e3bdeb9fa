using System.Globalization;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary><c>/v1/payment_methods</c>, and Stripe's predefined methods such as <c>pm_card_visa</c>.</summary>
internal static class PaymentMethodEndpoints
{
    private const string Kind = "PaymentMethod";

    private static readonly HashSet<string> Simulated =
    [
        "allow_redisplay", "billing_details", "card[cvc]", "card[exp_month]", "card[exp_year]", "card[number]", "card[token]", "expand",
        "metadata", "sepa_debit[iban]", "type",
    ];

    public static void MapPaymentMethods(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, "/payment_methods", Create);
        api.MapRetrieve<PaymentMethod>("/payment_methods", Kind);
    }

    /// <summary>Finds a method by its identifier. A predefined method becomes an object when it is first used.</summary>
    public static PaymentMethod Find(Transaction transaction, string id, string parameter)
    {
        if (transaction.TryFind<PaymentMethod>(id, out var method))
        {
            return method;
        }

        var number = TestToken.NumberOf(id) ?? throw ApiErrors.NoSuchReference(Kind, id, parameter);
        return PaymentMethods.Card(transaction, TestCardOf(number, transaction), new Buyer(null, null, null, null));
    }

    /// <summary>How the method behaves when it is charged.</summary>
    public static MethodBehavior BehaviorOf(Transaction transaction, PaymentMethod method) =>
        transaction.TryFind<MethodBehavior>(method.Id, out var behavior) ? behavior : new MethodBehavior { Id = method.Id };

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<PaymentMethodCreateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        ParameterRules.OneOf(options.Type ?? throw ApiErrors.Missing("type"), "type", "card", "sepa_debit");
        ParameterRules.OneOf(options.AllowRedisplay, "allow_redisplay", "always", "limited", "unspecified");
        ParameterRules.Metadata(options.Metadata, "metadata");
        ParameterRules.Email(options.BillingDetails?.Email, "billing_details[email]");
        var address = options.BillingDetails?.Address;
        var buyer = new Buyer(options.BillingDetails?.Email, options.BillingDetails?.Name, address?.Country, address?.PostalCode)
        {
            Line1 = address?.Line1,
            Line2 = address?.Line2,
            City = address?.City,
            State = address?.State,
            Phone = options.BillingDetails?.Phone,
        };
        var method = options.Type == "card"
            ? PaymentMethods.Card(call.Transaction, CardOf(options.Card, call.Transaction), buyer)
            : Debit(call.Transaction, options.SepaDebit, buyer);
        method.AllowRedisplay = options.AllowRedisplay ?? "unspecified";
        method.Metadata = ParameterRules.Merge(null, options.Metadata);
        return call.Render(call.Transaction.Save(method), options);
    }

    private static CardDetails CardOf(PaymentMethodCardOptions? options, Transaction transaction)
    {
        if (options is null)
        {
            throw ApiErrors.Missing("card");
        }

        if (options.Token is { } token)
        {
            return TestCardOf(TestToken.NumberOf(token) ?? throw ApiErrors.NoSuchReference("token", token, "card[token]"), transaction);
        }

        var number = options.Number ?? throw ApiErrors.Missing("card[number]");
        var month = options.ExpMonth ?? throw ApiErrors.Missing("card[exp_month]");
        var year = options.ExpYear ?? throw ApiErrors.Missing("card[exp_year]");
        var expiry = string.Create(CultureInfo.InvariantCulture, $"{month:D2}{year % 100:D2}");
        var (card, error) = CardDetails.Read(number, expiry, options.Cvc ?? AnyCvc(number), transaction.Now);
        return card ?? throw ApiErrors.Card(error!.Field switch
        {
            "cardCvc" => Error("invalid_cvc", error.Message, "cvc"),
            "cardExpiry" => Error("invalid_expiry_year", error.Message, "exp_year"),
            _ => Error("incorrect_number", "Your card number is incorrect.", "number"),
        });

        static StripeError Error(string code, string message, string parameter) =>
            new() { Type = "card_error", Code = code, Message = message, Param = parameter };
    }

    private static CardDetails TestCardOf(string number, Transaction transaction) =>
        CardDetails.Read(number, string.Create(CultureInfo.InvariantCulture, $"12{(transaction.Now.Year + 1) % 100:D2}"), AnyCvc(number), transaction.Now)
            .Card!;

    private static string AnyCvc(string number) => number.Length == 15 ? "1234" : "123";

    private static PaymentMethod Debit(Transaction transaction, PaymentMethodSepaDebitOptions? options, Buyer buyer)
    {
        var iban = options?.Iban ?? throw ApiErrors.Missing("sepa_debit[iban]");
        var (account, error) = SepaAccount.Read(iban);
        if (account is null)
        {
            throw ApiErrors.Unexpected("invalid_bank_account_iban", error!.Message, "sepa_debit[iban]");
        }

        var method = PaymentMethods.BankDebit(transaction, account, buyer);
        transaction.Save(new MethodBehavior { Id = method.Id, DeclineCode = account.FailureCode });
        return method;
    }
}
