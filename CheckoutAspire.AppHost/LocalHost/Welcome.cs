namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>What the user reads when everything is ready: the mode, the addresses, what to do next.</summary>
internal static class Welcome
{
    public static IReadOnlyList<string> Lines(CheckoutConfiguration configuration, Topology topology, LocalLayout layout, DataDirectory data)
    {
        var mode = configuration.Mode;
        var rows = new List<(string Name, string Address)>
        {
            ("MCP endpoint", topology.McpEndpoint),
            ("Stripe's webhook", topology.WebhookEndpoint),
        };
        if (mode == StripeMode.Sandbox)
        {
            rows.Add(("Stripe sandbox", topology.StripeSandbox));
        }

        rows.Add(("Operators' API", $"{topology.Worker} (token: {Relative(data.OpsTokenFile)})"));
        rows.Add(("Redis", configuration.HasRedis
            ? $"yours ({Variables.Redis})"
            : $"{topology.RedisConnectionString} (data: {Relative(data.Redis(mode))})"));
        var width = rows.Max(row => row.Name.Length);
        return
        [
            "",
            $"CheckoutAspire is ready: {Describe(mode)}",
            "",
            .. rows.Select(row => $"  {row.Name.PadRight(width)}  {row.Address}"),
            "",
            "Give it to an MCP client:",
            $"  claude mcp add --transport http checkout {topology.McpEndpoint}",
            $$$$"""  {"mcpServers":{"checkout":{"type":"http","url":"{{{{topology.McpEndpoint}}}}"}}}""",
            "",
            .. Pay(mode, topology),
            "Ctrl+C stops everything.",
            "",
        ];

        string Relative(string path) => Path.GetRelativePath(layout.Root, path);
    }

    private static string Describe(StripeMode mode) => mode switch
    {
        StripeMode.Sandbox => "sandbox mode (no Stripe account, no money).",
        StripeMode.Test => "test mode (your Stripe account's test data, no money).",
        _ => "LIVE mode (real payments).",
    };

    private static IEnumerable<string> Pay(StripeMode mode, Topology topology) => mode switch
    {
        StripeMode.Sandbox =>
        [
            "Pay: call initiate_checkout, open the checkout_url it returns, use card 4242 4242 4242 4242, any future date, any CVC.",
        ],
        StripeMode.Test =>
        [
            $"Keep `{topology.StripeListenCommand}` running: without it no event reaches this machine.",
            "Pay: call initiate_checkout, open the checkout_url it returns, use card 4242 4242 4242 4242, any future date, any CVC.",
        ],
        _ => [],
    };
}
