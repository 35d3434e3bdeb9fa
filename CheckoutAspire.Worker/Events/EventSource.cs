using System.Buffers;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Worker.Events;

/// <summary>Names what reported a fact, for the order's timeline.</summary>
internal static class EventSource
{
    private const string EventPrefix = "evt_";
    private const int LongestId = 64;

    private static readonly SearchValues<char> s_ofIds = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    /// <summary>The event's id, or that reconciliation has read the object from Stripe's API. Empty for an id that is not of Stripe's form.</summary>
    public static string Of(EventEntry entry) => entry.Id.ToString() switch
    {
        var id when id.StartsWith(EventTime.ReadPrefix, StringComparison.Ordinal) => CheckoutFact.Reconciliation,
        { Length: <= LongestId } id when id.StartsWith(EventPrefix, StringComparison.Ordinal) && !id.AsSpan().ContainsAnyExcept(s_ofIds) => id,
        _ => "",
    };
}
