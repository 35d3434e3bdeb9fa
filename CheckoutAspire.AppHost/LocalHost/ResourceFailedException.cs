namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>A resource could not start, or ended by itself. The message is for the user: which one, how, and its last lines.</summary>
public sealed class ResourceFailedException : Exception
{
    /// <inheritdoc cref="Exception()"/>
    public ResourceFailedException()
    {
    }

    /// <inheritdoc cref="Exception()"/>
    public ResourceFailedException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="Exception()"/>
    public ResourceFailedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
