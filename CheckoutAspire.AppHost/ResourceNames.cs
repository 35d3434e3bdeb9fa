namespace CheckoutAspire.AppHost;

/// <summary>The names of the resources in the dashboard, in logs and for <c>aspire resource</c>.</summary>
internal static class ResourceNames
{
    public const string McpApi = "mcpapi", Webhooks = "webhooks", Worker = "worker", Operations = "operations", Redis = "redis";
    public const string StripeSandbox = "stripe-sandbox", StripeListen = "stripe-listen";
}
