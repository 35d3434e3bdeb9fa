using System.Net;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>A merchant's endpoint did not take a message.</summary>
public sealed class EndpointRefusedException : HttpRequestException
{
    /// <summary>Without a cause.</summary>
    public EndpointRefusedException()
    {
    }

    /// <summary>With a message.</summary>
    public EndpointRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public EndpointRefusedException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    /// <summary>With the response's status and its <c>Retry-After</c>.</summary>
    public EndpointRefusedException(string message, Exception? inner, HttpStatusCode status, TimeSpan retryAfter)
        : base(message, inner, status) => RetryAfter = retryAfter;

    /// <summary>How long the endpoint has asked to wait (<see href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">Retry-After</see>); zero if it has not.</summary>
    public TimeSpan RetryAfter { get; }
}
