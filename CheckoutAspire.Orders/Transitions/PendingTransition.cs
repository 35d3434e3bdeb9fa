using System.Globalization;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>A fact that waits to be applied, with the result that its caller awaits.</summary>
internal sealed class PendingTransition(CheckoutFact fact, RedisValue entryId, bool livemode, TimeSpan lease, long? askedSince = null)
    : TaskCompletionSource<Transition>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>A session expires after 24 hours at most; a bank debit that is processing then takes two weeks.</summary>
    private static readonly TimeSpan s_sessionLives = TimeSpan.FromDays(1);

    private CheckoutFact _fact = fact;

    public string SessionId => _fact.SessionId;

    public string Owner => _fact.Owner;

    public bool IsRenewal => _fact.IsRenewal;

    /// <summary>Whether only Stripe's API can tell, by the session's lines, that this installation sold it.</summary>
    public bool IsUnproven => _fact.Origin is SaleOrigin.Sealed;

    /// <summary>What to record with it: nothing, until the ledger turns out not to know the session.</summary>
    public RedisValue[] Recorded { get; set; } = [];

    /// <summary>Whether it proves a payment.</summary>
    public bool IsPayment => _fact.Fact is PaymentStatusChange.Paid;

    /// <summary>Whether its session is older than a session lives: a new session cannot be in the archive.</summary>
    public bool IsOld => _fact.CreatedAt < TimeProvider.System.GetUtcNow() - s_sessionLives;

    /// <summary>
    /// Whether Redis may have had the session's order, and have lost it together with its tombstone: the session is older than the server that holds the ledger.
    /// It is known once the ledger turns out not to have the session.
    /// </summary>
    public bool MayBeLost { get; private set; }

    /// <summary>
    /// Packs the fact for the script: the values in the order in which <c>apply</c> in <c>apply_facts.lua</c> takes them, then the fields to record.
    /// </summary>
    public RedisValue Pack()
    {
        var packed = new MessagePackStrings(capacity: 512);
        packed.Append(entryId.ToString());
        packed.Append(_fact.SessionId);
        packed.Append(Name(_fact.Fact));
        packed.Append(Name(_fact.Origin));
        packed.Append(livemode);
        packed.Append((long)lease.TotalMilliseconds);
        packed.Append(_fact.PaymentStatus);
        packed.Append(_fact.AmountSubtotal);
        packed.Append(_fact.AmountTotal);
        packed.Append(_fact.Currency);
        packed.Append(_fact.Livemode);
        packed.Append(_fact.PaymentIntent);
        packed.Append(_fact.CreatedAt.ToUnixTimeMilliseconds());
        packed.Append(askedSince is { } since
            ? string.Create(CultureInfo.InvariantCulture, $"asked {since}")
            : (_fact.AsOf?.ToUnixTimeMilliseconds() ?? 0).ToString(CultureInfo.InvariantCulture));
        packed.Append(_fact.TotalVaries);
        packed.Append(_fact.Suspicion);
        packed.Append(_fact.Subscription);
        packed.Append(_fact.Source);
        foreach (var value in Recorded)
        {
            packed.Append(value.ToString());
        }

        return packed.Written;
    }

    /// <summary>The sale's reference, by which its request is found.</summary>
    public string OrderRef => _fact.OrderRef;

    /// <summary>Adopts the sale that the ledger recorded before it called Stripe: <c>9998 usd</c>, or empty if only Stripe knew the amount.</summary>
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

    /// <summary>Completes with the script's reply.</summary>
    /// <returns>False if the fact must be sent again with the fields to record.</returns>
    public bool TryAnswer(RedisResult reply)
    {
        if (reply.Resp2Type is ResultType.Integer)
        {
            SetResult(new Transition(Outcome.Fulfilled, (long)reply, []));
            return true;
        }

        var parts = (RedisValue[])reply!;
        if (parts[0] == "unrecorded")
        {
            Recorded = _fact.RecordedFields();
            MayBeLost = _fact.CreatedAt < DateTimeOffset.FromUnixTimeMilliseconds((long)parts[2]);
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

        if (parts[0] == "needs_review")
        {
            SetResult(new Transition(Outcome.NeedsReview, 0, []) { Reason = parts.Length > 2 ? parts[2].ToString() : null });
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

        // An order that the ledger knows needs no proof. For any other the seal is verified before this is sent again.
        SaleOrigin.Sealed or SaleOrigin.Proven => "proven",
        _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "Not an origin."),
    };
}
