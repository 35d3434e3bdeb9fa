namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>A resource could not start, or ended by itself. The message is for the user: which one, how, and its last lines.</summary>
internal sealed class ResourceFailedException : Exception
{
    public ResourceFailedException()
    {
    }

    public ResourceFailedException(string message) : base(message)
    {
    }

    public ResourceFailedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
