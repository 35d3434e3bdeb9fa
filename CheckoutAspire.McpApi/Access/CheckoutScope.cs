using System.Collections.Frozen;

namespace CheckoutAspire.McpApi.Access;

/// <summary>The OAuth scopes, and which of them a tool or a method requires.</summary>
internal static class CheckoutScope
{
    public const string Create = "checkout:create";
    public const string Read = "checkout:read";
    public const string Cancel = "checkout:cancel";

    /// <summary>It moves money back. A key without scopes does not have it.</summary>
    public const string Refund = "checkout:refund";

    private static readonly FrozenDictionary<string, string> s_ofTools = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["initiate_checkout"] = Create,
        ["get_checkout"] = Read,
        ["wait_for_payment"] = Read,
        ["list_checkouts"] = Read,
        ["list_products"] = Read,
        ["cancel_checkout"] = Cancel,
        ["refund_checkout"] = Refund,

        // Tools of the Universal Commerce Protocol.
        ["create_checkout"] = Create,
        ["update_checkout"] = Create,
        ["complete_checkout"] = Create,
        ["get_order"] = Read,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_readingMethods =
        FrozenSet.Create(StringComparer.Ordinal, "resources/read", "resources/subscribe", "resources/unsubscribe", "subscriptions/listen");

    /// <summary>The scopes that are published, and that a key without scopes has.</summary>
    public static IReadOnlyList<string> All { get; } = [Create, Read, Cancel];

    /// <summary>The scopes that credentials may have: <see cref="All"/>, and those that must be named.</summary>
    public static IReadOnlyList<string> Grantable { get; } = [.. All, Refund];

    /// <summary>The scope that a tool requires. A tool that is not in the table requires the highest one.</summary>
    public static string OfTool(string tool) => s_ofTools.GetValueOrDefault(tool, Create);

    /// <summary>The scopes that a call of a tool requires. A sale that replaces a checkout also closes the page of that one.</summary>
    public static IEnumerable<string> OfCall(string tool, bool replaces) => replaces && tool == "initiate_checkout" ? [OfTool(tool), Cancel] : [OfTool(tool)];

    /// <summary>The scope that a request requires, or null for one that reveals nothing about an order.</summary>
    public static string? Of(string method, string? tool) => tool is not null
        ? OfTool(tool)
        : s_readingMethods.Contains(method) ? Read : null;

    /// <summary>Whether the table has the tool.</summary>
    public static bool IsKnown(string tool) => s_ofTools.ContainsKey(tool);
}
