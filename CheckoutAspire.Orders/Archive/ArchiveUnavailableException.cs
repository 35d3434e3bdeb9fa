namespace CheckoutAspire.Orders.Archive;

/// <summary>The archive's database does not answer. It is a <see cref="TimeoutException"/>, so that callers treat it as a Redis that does not answer.</summary>
public sealed class ArchiveUnavailableException : TimeoutException
{
    private const string Text = "The archive does not answer.";

    /// <summary>Without a cause.</summary>
    public ArchiveUnavailableException()
        : base(Text)
    {
    }

    /// <summary>With a message.</summary>
    public ArchiveUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and the database's exception.</summary>
    public ArchiveUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>With the database's exception.</summary>
    public ArchiveUnavailableException(Exception innerException)
        : base(Text, innerException)
    {
    }
}
