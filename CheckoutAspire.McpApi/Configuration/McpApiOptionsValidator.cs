using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Configuration;

/// <summary>Refuses to start on a configuration that cannot be meant, with the first reason.</summary>
internal sealed class McpApiOptionsValidator(IHostEnvironment environment, IConfiguration configuration)
    : IValidateOptions<McpApiOptions>
{
    public ValidateOptionsResult Validate(string? name, McpApiOptions options)
    {
        if (!McpApiSettings.TryRead(options, out _, out var refusal))
        {
            return ValidateOptionsResult.Fail(refusal);
        }

        // Nobody is asked for credentials yet, so whoever reaches the port can create sessions.
        if (!environment.IsDevelopment())
        {
            return ValidateOptionsResult.Fail(
                $"ASPNETCORE_ENVIRONMENT is {environment.EnvironmentName}: callers are not authenticated yet, so checkout sessions are "
                + "created in the Development environment only; set ASPNETCORE_ENVIRONMENT=Development.");
        }

        return string.IsNullOrWhiteSpace(configuration.GetConnectionString(McpApiSettings.RedisConnectionName))
            ? ValidateOptionsResult.Fail("ConnectionStrings__redis is missing: set it to the address of Redis, for example localhost:6379.")
            : ValidateOptionsResult.Success;
    }
}
