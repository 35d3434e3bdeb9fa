using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>Whether and how the Universal Commerce Protocol is offered: <c>CHECKOUT_UCP</c> and <c>CHECKOUT_UCP_LINKS</c>.</summary>
public sealed class UcpOptions
{
    internal IReadOnlyList<UcpLink> Links { get; private set; } = [];

    internal string? Refusal { get; private set; }

    /// <summary>Asked when the routes are mapped, which is before options are validated.</summary>
    internal static bool IsOff(IConfiguration configuration) => configuration["CHECKOUT_UCP"] == "false";

    internal void Read(IConfiguration configuration)
    {
        switch (configuration["CHECKOUT_UCP"])
        {
            case null or "" or "true" or "false":
                break;
            default:
                Refusal = "CHECKOUT_UCP must be true or false.";
                return;
        }

        // privacy_policy=https://shop.example/privacy,terms_of_service=https://shop.example/terms
        List<UcpLink> links = [];
        foreach (var entry in (configuration["CHECKOUT_UCP_LINKS"] ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (entry.Split('=', 2) is not [{ Length: > 0 } type, var url]
                || !Uri.TryCreate(url, UriKind.Absolute, out var uri)
                || uri.Scheme is not ("https" or "http"))
            {
                Refusal = "CHECKOUT_UCP_LINKS must hold type=address pairs, separated by commas, for example privacy_policy=https://shop.example/privacy.";
                return;
            }

            links.Add(new UcpLink { Type = type, Url = url });
        }

        Links = links;
    }
}

internal sealed class UcpOptionsValidator : IValidateOptions<UcpOptions>
{
    public ValidateOptionsResult Validate(string? name, UcpOptions options) =>
        options.Refusal is { } refusal ? ValidateOptionsResult.Fail(refusal) : ValidateOptionsResult.Success;
}
