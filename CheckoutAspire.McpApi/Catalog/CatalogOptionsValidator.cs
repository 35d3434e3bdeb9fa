using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Catalog;

internal sealed class CatalogOptionsValidator : IValidateOptions<CatalogOptions>
{
    public ValidateOptionsResult Validate(string? name, CatalogOptions options) =>
        options.Refusal is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.Refusal);
}
