using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Refuses to start on what cannot be meant, with the first reason.</summary>
internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options) =>
        options.Refusal is { } refusal ? ValidateOptionsResult.Fail(refusal) : ValidateOptionsResult.Success;
}
