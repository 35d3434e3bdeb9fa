using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>The tools' icons, as data URIs in the tool list, so that clients load nothing else.</summary>
internal static class ToolIcon
{
    /// <summary>The icon of a tool; null for a tool without one.</summary>
    public static IList<Icon>? Of(string tool) => Drawing(tool) is { } path ? [new Icon { Source = DataUri(path) }] : null;

    // Paths in a 24 by 24 view box: https://developer.mozilla.org/en-US/docs/Web/SVG/Reference/Attribute/d
    private static string? Drawing(string tool) => tool switch
    {
        "initiate_checkout" => "M3 4h3l2 11h10l2-8H7M10 19h.01M17 19h.01",
        "get_checkout" => "M6 3h12v18l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
        "wait_for_payment" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3 3",
        "cancel_checkout" => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9 9l6 6M15 9l-6 6",
        "refund_checkout" => "M9 7l-5 5 5 5M4 12h11a5 5 0 0 1 0 10h-3",
        "list_checkouts" => "M4 6h.01M4 12h.01M4 18h.01M8 6h12M8 12h12M8 18h12",
        "list_products" => "M4 8l8-4 8 4v8l-8 4-8-4zM4 8l8 4 8-4M12 12v8",
        _ => null,
    };

    // Escaped where a URI needs it (https://www.rfc-editor.org/rfc/rfc2397); base64 would be longer. In a path, a comma separates like a space.
    private static string DataUri(string path) => "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0,0,24,24'%20fill='none'%20"
        + $"stroke='%23635bff'%20stroke-width='2'%3E%3Cpath%20d='{path.Replace(' ', ',')}'/%3E%3C/svg%3E";
}
