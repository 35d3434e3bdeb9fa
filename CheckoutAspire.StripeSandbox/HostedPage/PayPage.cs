using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;
using Microsoft.Extensions.Options;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>The buyer's input. The card number is held only by this record and is not stored.</summary>
internal sealed record PayRequest(
    string? Method,
    string? Email,
    string? CardNumber,
    string? CardExpiry,
    string? CardCvc,
    string? Iban,
    string? RoutingNumber,
    string? AccountNumber,
    string? BillingName,
    string? BillingCountry,
    string? BillingPostalCode)
{
    /// <summary>Keeps the buyer's input out of logs.</summary>
    public override string ToString() => nameof(PayRequest);
}

/// <summary>The result of 3D Secure authentication.</summary>
internal sealed record ChallengeAnswer(bool Authenticated);

/// <summary>The promotion code that the buyer entered.</summary>
internal sealed record PromotionRequest(string? Code);

/// <summary>The currency that the buyer selected.</summary>
internal sealed record CurrencyRequest(string? Currency);

/// <summary>The page's next step: <c>redirect</c>, <c>challenge</c>, <c>updated</c>, <c>error</c> or <c>closed</c>.</summary>
internal sealed record PayResponse(string Result, string? Url = null, string? Message = null, string? Field = null);

/// <summary>Serves the payment page.</summary>
internal sealed class PayPage(SandboxStore store, WebhookQueue webhooks, IOptions<SandboxOptions> options)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly PayResponse Closed = new("closed");

    /// <summary>The page; null if the session does not exist.</summary>
    public string? Render(string id) => store.Transact(null, transaction =>
        transaction.TryFind<Session>(id, out var session) ? PageHtml.Of(transaction, session) : null);

    /// <summary>The authentication page; null if no authentication is pending.</summary>
    public string? RenderChallenge(string id) => store.Transact(null, transaction =>
        TryFindChallenge(transaction, id, out var session, out _) ? PageHtml.Challenge(session) : null);

    public Task<PayResponse> PayAsync(string id, PayRequest request, CancellationToken cancellationToken) => FollowAsync(
        id,
        store.Transact(null, transaction =>
            transaction.TryFind<Session>(id, out var session) && session.Status == "open" && session.ExpiresAt > transaction.Now
                ? Pay(transaction, session, request)
                : null),
        cancellationToken);

    public Task<PayResponse> AnswerAsync(string id, ChallengeAnswer answer, CancellationToken cancellationToken) => FollowAsync(
        id,
        store.Transact(null, transaction => TryFindChallenge(transaction, id, out var session, out var pending)
            ? CardFlow.Authenticate(transaction, session, pending, answer.Authenticated)
            : null),
        cancellationToken);

    /// <summary>Applies a promotion code.</summary>
    public PayResponse EnterPromotion(string id, PromotionRequest request) => Change(
        id, (transaction, session) => Discounts.Enter(transaction, session, request.Code));

    /// <summary>Presents the session in another currency.</summary>
    public PayResponse Localize(string id, CurrencyRequest request) => Change(
        id, (transaction, session) => Localization.Present(transaction, session, request.Currency));

    public PayResponse RemovePromotion(string id) => Change(id, static (transaction, session) =>
    {
        Discounts.Remove(transaction, session);
        return null;
    });

    /// <summary>The URL to redirect to, with <c>{CHECKOUT_SESSION_ID}</c> replaced.</summary>
    public static string SuccessUrl(Session session) =>
        session.SuccessUrl.Replace("{CHECKOUT_SESSION_ID}", session.Id, StringComparison.Ordinal);

    private PayResponse Change(string id, Func<Transaction, Session, PageError?> change) => store.Transact(null, transaction =>
        !transaction.TryFind<Session>(id, out var session) || session.Status != "open" ? Closed
            : change(transaction, session) is { } error ? new PayResponse("error", Message: error.Message, Field: error.Field)
            : new PayResponse("updated"));

    private PayResult? Pay(Transaction transaction, Session session, PayRequest request)
    {
        var email = session.CustomerEmail ?? request.Email?.Trim();
        if (email is null || !ParameterRules.IsEmail(email))
        {
            return Declined(new PageError("Your email is invalid.", "email"));
        }

        var buyer = new Buyer(email, Clip(request.BillingName), Clip(request.BillingCountry), Clip(request.BillingPostalCode));
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

        static string? Clip(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim()[..Math.Min(text.Trim().Length, 200)];
    }

    private async Task<PayResponse> FollowAsync(string id, PayResult? result, CancellationToken cancellationToken)
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
                return new PayResponse("error", Message: error.Message, Field: error.Field);
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
