namespace CheckoutAspire.Worker.Events;

/// <summary>An event that no attempt will ever read: it goes to the dead letters at once. The message holds none of its content.</summary>
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
