namespace CheckoutAspire.AppHost;

/// <summary>The application cannot start as it is configured. The message is one sentence for the user: it names the variable and the cure.</summary>
public sealed class ConfigurationException : Exception
{
    /// <inheritdoc cref="Exception()"/>
    public ConfigurationException()
    {
    }

    /// <inheritdoc cref="Exception()"/>
    public ConfigurationException(string message) : base(message)
    {
    }

    /// <inheritdoc cref="Exception()"/>
    public ConfigurationException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
