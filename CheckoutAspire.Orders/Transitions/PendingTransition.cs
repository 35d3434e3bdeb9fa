using CheckoutAspire.Orders.Ledger;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Transitions;

/// <summary>A fact on its way to its order, and the answer that its caller waits for.</summary>
internal sealed class PendingTransition(CheckoutFact fact, RedisValue entryId, bool livemode, TimeSpan lease)
    : TaskCompletionSource<Transition>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>How many arguments a fact is: <c>WIDTH</c> of <c>apply_facts.lua</c>.</summary>
    public const int Width = 13;

    public string SessionId => fact.SessionId;

    public string Owner => fact.Owner;

    /// <summary>What to record with it: nothing, until the ledger turns out not to know the session. Then it goes alone.</summary>
    public RedisValue[] Recorded { get; private set; } = [];

    /// <summary>Writes the fact as the script takes it.</summary>
    public void WriteTo(Span<RedisValue> arguments)
    {
        ReadOnlySpan<RedisValue> values =
        [
            entryId,
            fact.SessionId,
            Name(fact.Fact),
            fact.Ours,
            livemode,
            (long)lease.TotalMilliseconds,
            fact.PaymentStatus,
            fact.AmountSubtotal,
            fact.AmountTotal,
            fact.Currency,
            fact.Livemode,
            fact.PaymentIntent,
            fact.CreatedAt.ToUnixTimeMilliseconds(),
        ];
        values.CopyTo(arguments);
    }

    /// <summary>Answers with what the script replied.</summary>
    /// <returns>False when it has to be said again, with what to record.</returns>
    public bool TryAnswer(RedisResult reply)
    {
        var parts = (RedisValue[])reply!;
        if (parts[0] == "unrecorded")
        {
            Recorded = fact.RecordedFields();
            return false;
        }

        if (parts[0] == "unreadable")
        {
            SetException(new RedisServerException(
                RedisErrorKind.WrongType, CommandFlags.None, $"WRONGTYPE The key of order {fact.SessionId} holds something else."));
            return true;
        }

        SetResult(new Transition(
            OutcomeNames.Parse(parts[0]), (long)parts[1], parts.Length == 2 ? [] : [.. parts[2..].Select(name => name.ToString())]));
        return true;
    }

    private static string Name(PaymentStatusChange fact) => fact switch
    {
        PaymentStatusChange.Paid => "paid",
        PaymentStatusChange.Unpaid => "unpaid",
        PaymentStatusChange.Failed => "failed",
        PaymentStatusChange.Expired => "expired",
        _ => throw new ArgumentOutOfRangeException(nameof(fact), fact, "Not a payment fact."),
    };
}
