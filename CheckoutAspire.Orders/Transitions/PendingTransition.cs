using System.Globalization;
using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>A fact on its way to its order, and the answer that its caller waits for.</summary>
internal sealed class PendingTransition(CheckoutFact fact, RedisValue entryId, bool livemode, TimeSpan lease, long? askedSince = null)
    : TaskCompletionSource<Transition>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The values of a fact in their order: <c>FACT</c> of <c>apply_facts.lua</c> names the same.</summary>
    internal static readonly string[] Fields =
    [
        "entry", "session", "payment", "origin", "ledger_livemode", "lease", "status", "subtotal", "total", "currency", "livemode", "intent",
        "created_at", "as_of", "total_varies", "suspicion", "subscription",
    ];

    private CheckoutFact _fact = fact;

    public string SessionId => _fact.SessionId;

    public string Owner => _fact.Owner;

    /// <summary>What to record with it: nothing, until the ledger turns out not to know the session. Then it goes alone.</summary>
    public RedisValue[] Recorded { get; private set; } = [];

    /// <summary>Writes the fact as the script takes it.</summary>
    public void WriteTo(Span<RedisValue> arguments)
    {
        ReadOnlySpan<RedisValue> values =
        [
            entryId,
            _fact.SessionId,
            Name(_fact.Fact),
            Name(_fact.Origin),
            livemode,
            (long)lease.TotalMilliseconds,
            _fact.PaymentStatus,
            _fact.AmountSubtotal,
            _fact.AmountTotal,
            _fact.Currency,
            _fact.Livemode,
            _fact.PaymentIntent,
            _fact.CreatedAt.ToUnixTimeMilliseconds(),
            askedSince is { } since ? "asked " + since.ToString(CultureInfo.InvariantCulture) : _fact.AsOf?.ToUnixTimeMilliseconds() ?? 0,
            _fact.TotalVaries,
            _fact.Suspicion,
            _fact.Subscription,
        ];
        values.CopyTo(arguments);
    }

    /// <summary>The sale's reference, by which its request is found.</summary>
    public string OrderRef => _fact.OrderRef;

    /// <summary>Takes over what the ledger wrote down before it asked Stripe for the session: <c>9998 usd</c>, or empty when only Stripe knew.</summary>
    public void ProveBy(string requestedSale)
    {
        _fact = _fact with { Origin = _fact.Origin is SaleOrigin.Foreign ? SaleOrigin.Foreign : SaleOrigin.Proven };
        if (requestedSale.Split(' ') is [var amount, var currency])
        {
            Recorded =
            [
                .. Recorded,
                OrderFields.AmountSubtotal, amount,
                OrderFields.AmountTotal, _fact.TotalVaries ? _fact.AmountTotal : amount,
                OrderFields.Currency, currency,
            ];
        }
    }

    /// <summary>Answers with what the script replied.</summary>
    /// <returns>False when it has to be sent again, with what to record.</returns>
    public bool TryAnswer(RedisResult reply)
    {
        var parts = (RedisValue[])reply!;
        if (parts[0] == "unrecorded")
        {
            Recorded = _fact.RecordedFields();
            return false;
        }

        if (parts[0] == "unreadable")
        {
            SetException(new RedisServerException(
                RedisErrorKind.WrongType, CommandFlags.None, $"WRONGTYPE The key of order {_fact.SessionId} holds something else."));
            return true;
        }

        if (parts[0] == "witness_due")
        {
            SetResult(new Transition(Outcome.WitnessDue, 0, []) { ServerSince = (long)parts[2] });
            return true;
        }

        SetResult(new Transition(
            OutcomeNames.Parse(parts[0]), (long)parts[1], parts.Length == 2 ? [] : [.. parts[2..].Select(name => name.ToString())]));
        return true;
    }

    private static string Name(PaymentStatusChange fact) => fact switch
    {
        PaymentStatusChange.Paid => "paid",
        PaymentStatusChange.Processing => "processing",
        PaymentStatusChange.Failed => "failed",
        PaymentStatusChange.Expired => "expired",
        PaymentStatusChange.None => "none",
        _ => throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a payment fact."),
    };

    private static string Name(SaleOrigin origin) => origin switch
    {
        SaleOrigin.Foreign => "foreign",
        SaleOrigin.Claimed => "claimed",
        SaleOrigin.Proven => "proven",
        _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "Not an origin."),
    };
}
