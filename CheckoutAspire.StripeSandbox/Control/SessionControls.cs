using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.HostedPage;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Returns;
using CheckoutAspire.StripeSandbox.Storage;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>Acts on sessions as the buyer, the bank or the clock would.</summary>
internal sealed class SessionControls(SandboxStore store, IOptions<SandboxOptions> options) : ObjectControls<Session>(store, "session")
{
    private const string GoodCard = "4242424242424242";
    private const string DeclinedCard = "4000000000000002";

    public override IReadOnlyList<string> Offered(Transaction transaction, Session entity) => entity.Status switch
    {
        "open" when entity.PaymentMethodTypes.Contains("card") && entity.AmountTotal != 0 => ["pay", "decline", "expire"],
        "open" => ["pay", "expire"],
        "complete" when transaction.TryFind<PendingPayment>(entity.Id, out var pending) && pending.SettlesAt is not null => ["settle", "fail"],
        "complete" when ChargeOf(transaction, entity) is { Status: "succeeded" } charge =>
            Refunds.Refundable(transaction, charge) > 0 ? ["refund", "dispute", "inquire"] : ["dispute", "inquire"],
        _ => [],
    };

    public override object View(Transaction transaction, Session entity) => new SessionView(
        entity.Id,
        entity.Status,
        entity.PaymentStatus,
        entity.Mode,
        PageHtml.Total(Texts.English, entity),
        entity.Created,
        entity.ExpiresAt,
        $"/c/pay/{entity.Id}",
        Offered(transaction, entity));

    /// <summary>Presents an open session in the buyer's currency.</summary>
    public IResult Localize(string id, string currency)
    {
        PageError? error = null;
        var result = Do(id, "pay", (transaction, session) => error = Localization.Present(transaction, session, currency));
        return error is null ? result : ControlEndpoints.Error(StatusCodes.Status409Conflict, error.Message);
    }

    /// <summary>Pays an open session as the buyer that the request describes.</summary>
    public IResult Pay(string id, PayOptions? request)
    {
        PageError? error = null;
        var result = Do(id, "pay", (transaction, session) => error = Pay(transaction, session, request));
        return error is null ? result : ControlEndpoints.Error(StatusCodes.Status400BadRequest, $"{error.Field}: {error.Message}");
    }

    protected override string StateOf(Session entity) => $"{entity.Status} and {entity.PaymentStatus}";

    protected override void Apply(Transaction transaction, Session entity, string action)
    {
        switch (action)
        {
            case "pay":
                Pay(transaction, entity, request: null);
                break;
            case "decline":
                var buyer = BuyerOf(transaction, entity, request: null);
                Amounts.Locate(transaction, entity, Answers.TaxCountryOf(buyer));
                PayByCard(transaction, entity, DeclinedCard, buyer);
                break;
            case "expire":
                SessionExpiry.Expire(transaction, entity);
                break;
            case "refund":
                var charge = ChargeOf(transaction, entity)!;
                Refunds.Create(
                    transaction, charge, Refunds.Refundable(transaction, charge), "requested_by_customer", null, options.Value.SettlementDelay);
                break;
            case "dispute" or "inquire":
                Disputes.Open(transaction, ChargeOf(transaction, entity)!, new DisputeBehavior("fraudulent", IsInquiry: action == "inquire"));
                break;
            default:
                DebitFlow.Settle(
                    transaction,
                    transaction.Get<PendingPayment>(entity.Id),
                    action == "settle" ? null : DebitFailure.InsufficientFunds);
                break;
        }
    }

    private static Charge? ChargeOf(Transaction transaction, Session session) =>
        transaction.TryFind<CheckoutTerms>(session.Id, out var terms)
        && transaction.TryFind<PaymentIntent>(terms.PaymentIntentId, out var intent)
        && transaction.TryFind<Charge>(intent.LatestChargeId, out var charge)
            ? charge
            : null;

    /// <returns>Why the buyer cannot pay; null if the buyer has paid.</returns>
    private PageError? Pay(Transaction transaction, Session session, PayOptions? request)
    {
        var buyer = BuyerOf(transaction, session, request);
        if ((Answers.Check(session, buyer) ?? SessionShipping.Choose(transaction, session, request?.ShippingRate)) is { } error)
        {
            return error;
        }

        Amounts.Locate(transaction, session, Answers.TaxCountryOf(buyer));
        if (session.Mode != "setup" && session.AmountTotal == 0)
        {
            Completion.CompleteFree(transaction, session, buyer);
        }
        else if (session.PaymentMethodTypes.Contains("card"))
        {
            PayByCard(transaction, session, GoodCard, buyer);
        }
        else
        {
            DebitAccount? account = session.PaymentMethodTypes.Contains("us_bank_account")
                ? UsBankAccount.Read("110000000", "000123456789").Account
                : SepaAccount.Read("AT611904300234573201").Account;
            DebitFlow.Pay(transaction, session, account!, buyer, options.Value.SettlementDelay);
        }

        return null;
    }

    private static void PayByCard(Transaction transaction, Session session, string number, Buyer buyer) =>
        CardFlow.Pay(transaction, session, CardDetails.Read(number, "12/34", "123", transaction.Now).Card!, buyer);

    private static Buyer BuyerOf(Transaction transaction, Session session, PayOptions? request) => DefaultBuyer.Complete(
        session,
        (request ?? new PayOptions()).ToBuyer(
            session.CustomerEmail
                ?? (transaction.TryFind<Customer>(session.CustomerId, out var customer) ? customer.Email : null)
                ?? "buyer@example.com"));
}
