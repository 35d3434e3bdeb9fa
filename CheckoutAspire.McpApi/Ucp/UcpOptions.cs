using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>Whether the Universal Commerce Protocol is offered, and the seller's pages in it: <c>CHECKOUT_UCP</c> and <c>CHECKOUT_UCP_LINKS</c>.</summary>
public sealed class UcpOptions : IReadOptions
{
    internal const string Switch = "CHECKOUT_UCP";

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    internal IReadOnlyList<UcpLink> Links { get; private set; } = [];

    /// <summary>Whether UCP is on. Read when routes are mapped, which is before options are validated.</summary>
    internal static bool IsEnabled(IConfiguration configuration) => configuration[Switch] == "true";

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        if (configuration[Switch] is not (null or "" or "true" or "false"))
        {
            ConfigurationErrors = [$"{Switch} must be true or false."];
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
                ConfigurationErrors =
                [
                    "CHECKOUT_UCP_LINKS must be pairs of type=address, separated by commas, for example privacy_policy=https://shop.example/privacy.",
                ];
                return;
            }

            links.Add(new UcpLink { Type = type, Url = url });
        }

        Links = links;
    }
}
