using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;
using Microsoft.Extensions.Options;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.HostedPage;

/// <summary>What the buyer sent. The card's number lives in this record only and is dropped with it.</summary>
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
    /// <summary>Says nothing of what the buyer typed, wherever it may be written.</summary>
    public override string ToString() => nameof(PayRequest);
}

/// <summary>The buyer's answer to the bank's question.</summary>
internal sealed record ChallengeAnswer(bool Authenticated);

/// <summary>The code that the buyer typed.</summary>
internal sealed record PromotionRequest(string? Code);

/// <summary>What the page is to do next: <c>redirect</c>, <c>challenge</c>, <c>updated</c>, <c>error</c> or <c>closed</c>.</summary>
internal sealed record PayResponse(string Result, string? Url = null, string? Message = null, string? Field = null);

/// <summary>The buyer's side of a session.</summary>
internal sealed class PayPage(SandboxStore store, WebhookQueue webhooks, IOptions<SandboxOptions> options)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly PayResponse Closed = new("closed");

    /// <summary>The page, or null when there is no such session.</summary>
    public string? Render(string id) => store.Transact(null, transaction =>
        transaction.TryFind<Session>(id, out var session) ? PageHtml.Of(transaction, session) : null);

    /// <summary>The bank's question, while it is asked.</summary>
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

    /// <summary>Takes a promotion code, and the amounts with it.</summary>
    public PayResponse EnterPromotion(string id, PromotionRequest request) => Change(
        id, (transaction, session) => Discounts.Enter(transaction, session, request.Code));

    public PayResponse RemovePromotion(string id) => Change(id, static (transaction, session) =>
    {
        Discounts.Remove(transaction, session);
        return null;
    });

    /// <summary>Where the buyer goes; only the placeholder as Stripe documents it is replaced.</summary>
    public static string SuccessUrl(Session session) =>
        session.SuccessUrl.Replace("{CHECKOUT_SESSION_ID}", session.Id, StringComparison.Ordinal);

    private PayResponse Change(string id, Func<Transaction, Session, Refusal?> change) => store.Transact(null, transaction =>
        !transaction.TryFind<Session>(id, out var session) || session.Status != "open" ? Closed
            : change(transaction, session) is { } refusal ? new PayResponse("error", Message: refusal.Message, Field: refusal.Field)
            : new PayResponse("updated"));

    private PayResult? Pay(Transaction transaction, Session session, PayRequest request)
    {
        var email = session.CustomerEmail ?? request.Email?.Trim();
        if (email is null || !Rules.IsEmail(email))
        {
            return Refused(new Refusal("Your email is invalid.", "email"));
        }

        var buyer = new Buyer(email, Clip(request.BillingName), Clip(request.BillingCountry), Clip(request.BillingPostalCode));
        if (session.Mode != "setup" && session.AmountTotal == 0)
        {
            return Completion.CompleteFree(transaction, session, buyer);
        }

        if (request.Method is null || !session.PaymentMethodTypes.Contains(request.Method))
        {
            return Refused(new Refusal("This payment method is not offered here."));
        }

        if (buyer.Name is null)
        {
            return Refused(new Refusal("Enter the name of the account holder.", "billingName"));
        }

        if (request.Method == "card")
        {
            var (card, refusal) = CardDetails.Read(request.CardNumber, request.CardExpiry, request.CardCvc, transaction.Now);
            return card is null ? Refused(refusal!) : CardFlow.Pay(transaction, session, card, buyer);
        }

        var (account, wrong) = ReadAccount(request);
        return account is null
            ? Refused(wrong!)
            : DebitFlow.Pay(transaction, session, account, buyer, options.Value.SettlementDelay);

        static (BankAccount? Account, Refusal? Refusal) ReadAccount(PayRequest request) => request.Method == "us_bank_account"
            ? UsBankAccount.Read(request.RoutingNumber, request.AccountNumber)
            : SepaAccount.Read(request.Iban);

        static PayResult Refused(Refusal refusal) => new PayResult.Refused(refusal);

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
            case PayResult.Refused { Refusal: var refusal }:
                return new PayResponse("error", Message: refusal.Message, Field: refusal.Field);
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
