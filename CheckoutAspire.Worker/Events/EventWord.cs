namespace CheckoutAspire.Worker.Events;

/// <summary>
/// Reads ids and codes of Stripe: visible ASCII without spaces. The ledger separates values by spaces and line ends, and its keys contain ids.
/// </summary>
internal static class EventWord
{
    private const int MaxLength = 255;

    /// <summary>An id or a code.</summary>
    /// <exception cref="UnreadableEventException">It is empty, too long, or has another character.</exception>
    public static string Read(string value) => value.Length > 0 ? ReadOptional(value) : throw Unreadable();

    /// <summary>An id or a code; empty if the event has none.</summary>
    /// <exception cref="UnreadableEventException">It is too long, or has another character.</exception>
    public static string ReadOptional(string? value) =>
        value is null ? "" : value.Length <= MaxLength && !value.AsSpan().ContainsAnyExceptInRange('!', '~') ? value : throw Unreadable();

    private static UnreadableEventException Unreadable() => new("An id or a code of the event is not of the documented type.");
}
