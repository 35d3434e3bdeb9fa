using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Policy;

/// <summary>Registers the price policy.</summary>
internal static class PolicyServiceCollectionExtensions
{
    public static IServiceCollection AddPricePolicy(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<PricePolicyOptions>()
            .Configure<IConfiguration>((options, configuration) => options.Read(configuration));
        services.AddSingleton<IValidateOptions<PricePolicyOptions>, PricePolicyOptionsValidator>();
        services.AddSingleton<PricePolicy>();
        return services;
    }
}

internal sealed class PricePolicyOptionsValidator : IValidateOptions<PricePolicyOptions>
{
    public ValidateOptionsResult Validate(string? name, PricePolicyOptions options) =>
        options.Refusal is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.Refusal);
}
