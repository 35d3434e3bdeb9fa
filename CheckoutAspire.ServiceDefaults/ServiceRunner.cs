using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Runs a service. If its configuration is rejected, it prints the reasons as sentences instead of a stack trace.</summary>
public static class ServiceRunner
{
    /// <summary>Runs until shutdown.</summary>
    /// <returns>The process's exit code: 1 if the configuration was rejected, otherwise <see cref="Environment.ExitCode"/>.</returns>
    public static async Task<int> RunServiceAsync(this WebApplication app)
    {
        // Read now, because the application's services are disposed when the run ends.
        var stopping = app.Lifetime.ApplicationStopping;
        try
        {
            // The host validates too, but only after it has built every hosted service, and it logs a stack trace.
            app.Services.GetService<IStartupValidator>()?.Validate();
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (Exception exception) when (Refusals(exception) is { Length: > 0 } refusals)
        {
            // Options that depend on others report their errors again.
            foreach (var refusal in refusals.Distinct())
            {
                await Console.Error.WriteLineAsync(refusal);
            }

            return 1;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The service was stopped before it had started.
            return Environment.ExitCode;
        }
    }

    private static string[] Refusals(Exception exception) => exception switch
    {
        OptionsValidationException validation => [.. validation.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Refusals)],
        _ => [],
    };
}
