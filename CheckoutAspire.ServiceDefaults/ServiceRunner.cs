using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Runs a service; what refuses to start says why in a sentence, not in a stack trace.</summary>
public static class ServiceRunner
{
    /// <summary>Runs until shutdown.</summary>
    /// <returns>The process's exit code: 0, or 1 when the configuration was refused or the host was stopped by a <see cref="StartRefusedException"/>.</returns>
    public static async Task<int> RunServiceAsync(this WebApplication app)
    {
        try
        {
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (OptionsValidationException exception)
        {
            foreach (var failure in exception.Failures)
            {
                await Console.Error.WriteLineAsync(failure);
            }

            return 1;
        }
        catch (StartRefusedException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }
    }
}

/// <summary>A service refuses to start; the message is one clear sentence for the person who started it.</summary>
public sealed class StartRefusedException : Exception
{
    /// <summary>Refuses with a sentence.</summary>
    public StartRefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Refuses with a sentence and its cause.</summary>
    public StartRefusedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Refuses without a reason; needed by convention only.</summary>
    public StartRefusedException()
    {
    }
}
