namespace CheckoutAspire.Worker.Events;

/// <summary>An event that cannot be read by any attempt and is dead-lettered at once. The message has none of its content.</summary>
internal sealed class UnreadableEventException : Exception
{
    public UnreadableEventException(string message)
        : base(message)
    {
    }

    public UnreadableEventException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public UnreadableEventException()
    {
    }
}
