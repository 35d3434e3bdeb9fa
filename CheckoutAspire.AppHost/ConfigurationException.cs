namespace CheckoutAspire.AppHost;

/// <summary>The application cannot start as it is configured. The message is one sentence for the user: it names the variable and the cure.</summary>
internal sealed class ConfigurationException : Exception
{
    public ConfigurationException()
    {
    }

    public ConfigurationException(string message) : base(message)
    {
    }

    public ConfigurationException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
