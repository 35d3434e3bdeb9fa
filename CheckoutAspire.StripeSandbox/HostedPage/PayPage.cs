using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;
using Microsoft.Extensions.Options;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>Serves the payment page.</summary>
internal sealed class PayPage(SandboxStore store, WebhookQueue webhooks, IOptions<SandboxOptions> options)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly PayResponse Closed = new("closed");

    // The page renews its summary for an error of this field.
    private const string TotalField = "total";

    /// <summary>The page; null if the session does not exist.</summary>
    public string? Render(string id, string? acceptLanguage) => store.Transact(null, transaction =>
        transaction.TryFind<Session>(id, out var session) ? PageHtml.Of(transaction, Texts.Of(session, acceptLanguage), session) : null);

    /// <summary>The authentication page; null if no authentication is pending.</summary>
    public string? RenderChallenge(string id, string? acceptLanguage) => store.Transact(null, transaction =>
        TryFindChallenge(transaction, id, out var session, out _) ? PageHtml.Challenge(Texts.Of(session, acceptLanguage), session) : null);

    public Task<PayResponse> PayAsync(string id, PayRequest request, string? acceptLanguage, CancellationToken cancellationToken) => FollowAsync(
        id,
        acceptLanguage,
        store.Transact(null, transaction =>
            transaction.TryFind<Session>(id, out var session) && session.Status == "open" && session.ExpiresAt > transaction.Now
                ? Pay(transaction, session, request)
                : null),
        cancellationToken);

    public Task<PayResponse> AnswerAsync(string id, ChallengeAnswer answer, string? acceptLanguage, CancellationToken cancellationToken) => FollowAsync(
        id,
        acceptLanguage,
        store.Transact(null, transaction => TryFindChallenge(transaction, id, out var session, out var pending)
            ? CardFlow.Authenticate(transaction, session, pending, answer.Authenticated)
            : null),
        cancellationToken);

    /// <summary>Applies a promotion code.</summary>
    public PayResponse EnterPromotion(string id, PromotionRequest request, string? acceptLanguage) => Change(
        id, acceptLanguage, (transaction, session) => Discounts.Enter(transaction, session, request.Code));

    /// <summary>Presents the session in another currency.</summary>
    public PayResponse Localize(string id, CurrencyRequest request, string? acceptLanguage) => Change(
        id, acceptLanguage, (transaction, session) => Localization.Present(transaction, session, request.Currency));

    /// <summary>Calculates the total for the country and the shipping rate that the buyer has chosen.</summary>
    public PayResponse Estimate(string id, EstimateRequest request, string? acceptLanguage) => Change(id, acceptLanguage, (transaction, session) =>
    {
        Amounts.Locate(transaction, session, request.Country);
        return SessionShipping.Choose(transaction, session, request.ShippingRate);
    });

    public PayResponse RemovePromotion(string id) => Change(id, acceptLanguage: null, static (transaction, session) =>
    {
        Discounts.Remove(transaction, session);
        return null;
    });

    /// <summary>The URL to redirect to, with <c>{CHECKOUT_SESSION_ID}</c> replaced.</summary>
    public static string SuccessUrl(Session session) => WithId(session.SuccessUrl, session);

    /// <summary>The URL to which the buyer returns without paying, with <c>{CHECKOUT_SESSION_ID}</c> replaced; null if the session has none.</summary>
    public static string? CancelUrl(Session session) => session.CancelUrl is { } url ? WithId(url, session) : null;

    private static string WithId(string url, Session session) => url.Replace("{CHECKOUT_SESSION_ID}", session.Id, StringComparison.Ordinal);

    private PayResponse Change(string id, string? acceptLanguage, Func<Transaction, Session, PageError?> change) => store.Transact(null, transaction =>
        !transaction.TryFind<Session>(id, out var session) || session.Status != "open" ? Closed
            : change(transaction, session) is { } error ? new PayResponse("error", Message: Texts.Of(session, acceptLanguage)[error.Message], Field: error.Field)
            : new PayResponse("updated"));

    private PayResult? Pay(Transaction transaction, Session session, PayRequest request)
    {
        var email = session.CustomerEmail ?? request.Email?.Trim();
        if (email is null || !ParameterRules.IsEmail(email))
        {
            return Declined(new PageError("Your email is invalid.", "email"));
        }

        var buyer = request.ToBuyer(session, email);
        if ((Answers.Check(session, buyer) ?? SessionShipping.Choose(transaction, session, request.ShippingRate)) is { } wrongAnswer)
        {
            return Declined(wrongAnswer);
        }

        Amounts.Locate(transaction, session, Answers.TaxCountryOf(buyer));
        if (request.ExpectedTotal is { } expected && expected != session.AmountTotal)
        {
            return Declined(new PageError("The total has changed. Check it and pay again.", TotalField));
        }

        if (session.Mode != "setup" && session.AmountTotal == 0)
        {
            return Completion.CompleteFree(transaction, session, buyer);
        }

        if (request.Method is null || !session.PaymentMethodTypes.Contains(request.Method))
        {
            return Declined(new PageError("This payment method is not offered here."));
        }

        if (buyer.Name is null)
        {
            return Declined(new PageError("Enter the name of the account holder.", "billingName"));
        }

        if (request.Method == "card")
        {
            var (card, error) = CardDetails.Read(request.CardNumber, request.CardExpiry, request.CardCvc, transaction.Now);
            return card is null ? Declined(error!) : CardFlow.Pay(transaction, session, card, buyer);
        }

        var (account, wrong) = ReadAccount(request);
        return account is null
            ? Declined(wrong!)
            : DebitFlow.Pay(transaction, session, account, buyer, options.Value.SettlementDelay);

        static (DebitAccount? Account, PageError? Error) ReadAccount(PayRequest request) => request.Method == "us_bank_account"
            ? UsBankAccount.Read(request.RoutingNumber, request.AccountNumber)
            : SepaAccount.Read(request.Iban);

        static PayResult Declined(PageError error) => new PayResult.Declined(error);
    }

    private async Task<PayResponse> FollowAsync(string id, string? acceptLanguage, PayResult? result, CancellationToken cancellationToken)
    {
        switch (result)
        {
            case PayResult.Completed completed:
                await webhooks.WaitForAcknowledgementAsync(completed.Event, LongestWait, cancellationToken);
                return new PayResponse(
                    "redirect", Url: store.Transact(null, transaction => SuccessUrl(transaction.Get<Session>(id))));
            case PayResult.NeedsAuthentication:
                return new PayResponse("challenge");
            case PayResult.Declined { Error: var error }:
                var texts = store.Transact(null, transaction => Texts.Of(transaction.Get<Session>(id), acceptLanguage));
                return new PayResponse("error", Message: texts[error.Message], Field: error.Field);
            default:
                return Closed;
        }
    }

    private static bool TryFindChallenge(
        Transaction transaction,
        string id,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Session? session,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PendingPayment? pending)
    {
        pending = null;
        return transaction.TryFind(id, out session) && session.Status == "open"
            && transaction.TryFind(id, out pending) && pending.AwaitsAuthentication;
    }
}
