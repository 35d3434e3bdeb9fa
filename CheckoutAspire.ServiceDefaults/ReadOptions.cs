using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Options that read themselves from configuration and report values that they cannot accept.</summary>
public interface IReadOptions
{
    /// <summary>Why the configuration was rejected: one sentence for each problem, each naming its variable. Empty when it is valid.</summary>
    IReadOnlyList<string> ConfigurationErrors { get; }

    /// <summary>Reads the options. Values that cannot be accepted are reported in <see cref="ConfigurationErrors"/>, never thrown.</summary>
    void Read(IConfiguration configuration);
}

/// <summary>Registers options that are read from configuration.</summary>
public static class ReadOptionsServiceCollectionExtensions
{
    /// <summary>
    /// Adds <typeparamref name="TOptions"/>, read from configuration and validated at startup. A service whose options report errors
    /// prints them and exits (<see cref="ServiceRunner"/>).
    /// </summary>
    public static IServiceCollection AddReadOptions<TOptions>(this IServiceCollection services)
        where TOptions : class, IReadOptions, new()
    {
        services.AddOptionsWithValidateOnStart<TOptions>()
            .Configure<IConfiguration>((options, configuration) => options.Read(configuration));
        services.AddSingleton<IValidateOptions<TOptions>, ConfigurationErrorsValidator<TOptions>>();
        return services;
    }

    private sealed class ConfigurationErrorsValidator<TOptions> : IValidateOptions<TOptions>
        where TOptions : class, IReadOptions
    {
        public ValidateOptionsResult Validate(string? name, TOptions options) =>
            options.ConfigurationErrors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.ConfigurationErrors);
    }
}
