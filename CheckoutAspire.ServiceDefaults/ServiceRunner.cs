using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Runs a service; what refuses to start says why in a sentence, not in a stack trace.</summary>
public static class ServiceRunner
{
    /// <summary>Runs until shutdown.</summary>
    /// <returns>The process's exit code: 0, 1 when the configuration was refused, or what <see cref="Environment.ExitCode"/> was set to.</returns>
    public static async Task<int> RunServiceAsync(this WebApplication app)
    {
        // Asked for now: when the run is over the application's services are gone.
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
            foreach (var refusal in refusals)
            {
                await Console.Error.WriteLineAsync(refusal);
            }

            return 1;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // It was stopped before it had started.
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
