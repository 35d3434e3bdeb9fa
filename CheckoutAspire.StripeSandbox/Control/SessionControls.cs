using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Storage;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>Does to a session what the buyer, the bank or the clock would do.</summary>
internal sealed class SessionControls(SandboxStore store, IOptions<SandboxOptions> options)
{
    private const string Newest = "newest";
    private const string GoodCard = "4242424242424242";
    private const string DeclinedCard = "4000000000000002";

    /// <summary>The actions that the session's state allows.</summary>
    public static IReadOnlyList<string> Offered(Transaction transaction, Session session) => session.Status switch
    {
        "open" when session.PaymentMethodTypes.Contains("card") && session.AmountTotal != 0 => ["pay", "decline", "expire"],
        "open" => ["pay", "expire"],
        "complete" when transaction.TryFind<PendingPayment>(session.Id, out var pending) && pending.SettlesAt is not null => ["settle", "fail"],
        _ => [],
    };

    /// <summary>Does the action to the session, or to the newest one that can take it if the id is <c>newest</c>.</summary>
    public IResult Do(string id, string action) => store.Transact(null, transaction =>
    {
        var session = id == Newest ? FindNewest(transaction, action) : transaction.TryFind<Session>(id, out var found) ? found : null;
        if (session is null)
        {
            return ControlEndpoints.Error(StatusCodes.Status404NotFound, id != Newest
                ? $"There is no session {id}."
                : IsOfDebits(action) ? "No session has a bank debit that is still processing." : "There is no open session.");
        }

        var offered = Offered(transaction, session);
        if (!offered.Contains(action))
        {
            return ControlEndpoints.Error(
                StatusCodes.Status409Conflict,
                offered.Count == 0
                    ? $"No action is possible: the session is {session.Status} and {session.PaymentStatus}."
                    : $"The session is {session.Status} and {session.PaymentStatus}. Possible actions: {string.Join(", ", offered)}.");
        }

        Do(transaction, session, action);
        return Results.Json(SessionView.Of(transaction, session));
    });

    private static Session? FindNewest(Transaction transaction, string action) => transaction.NewestFirst<Session>().FirstOrDefault(session =>
        IsOfDebits(action) ? Offered(transaction, session).Contains(action) : session.Status == "open");

    private static bool IsOfDebits(string action) => action is "settle" or "fail";

    private void Do(Transaction transaction, Session session, string action)
    {
        switch (action)
        {
            case "pay":
                Pay(transaction, session);
                break;
            case "decline":
                PayByCard(transaction, session, DeclinedCard);
                break;
            case "expire":
                SessionExpiry.Expire(transaction, session);
                break;
            default:
                DebitFlow.Settle(
                    transaction,
                    transaction.Get<PendingPayment>(session.Id),
                    action == "settle" ? null : DebitFailure.InsufficientFunds);
                break;
        }
    }

    private void Pay(Transaction transaction, Session session)
    {
        if (session.Mode != "setup" && session.AmountTotal == 0)
        {
            Completion.CompleteFree(transaction, session, BuyerOf(transaction, session));
            return;
        }

        if (session.PaymentMethodTypes.Contains("card"))
        {
            PayByCard(transaction, session, GoodCard);
            return;
        }

        DebitAccount? account = session.PaymentMethodTypes.Contains("us_bank_account")
            ? UsBankAccount.Read("110000000", "000123456789").Account
            : SepaAccount.Read("AT611904300234573201").Account;
        DebitFlow.Pay(transaction, session, account!, BuyerOf(transaction, session), options.Value.SettlementDelay);
    }

    private static void PayByCard(Transaction transaction, Session session, string number) => CardFlow.Pay(
        transaction,
        session,
        CardDetails.Read(number, "12/34", "123", transaction.Now).Card!,
        BuyerOf(transaction, session));

    private static Buyer BuyerOf(Transaction transaction, Session session) => new(
        session.CustomerEmail
            ?? (transaction.TryFind<Customer>(session.CustomerId, out var customer) ? customer.Email : null)
            ?? "buyer@example.com",
        "Sandbox buyer",
        "US",
        "10001");
}
