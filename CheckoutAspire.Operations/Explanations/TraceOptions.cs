using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>Where traces are looked up: <c>OPS_TRACE_URL</c>, an address with <c>{session_id}</c> in it.</summary>
internal sealed class TraceOptions : IReadOptions
{
    private const string Placeholder = "{session_id}";

    private string _template = "";

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        _template = configuration["OPS_TRACE_URL"] ?? "";
        ConfigurationErrors = _template.Length == 0
            || (_template.Contains(Placeholder, StringComparison.Ordinal)
                && Uri.TryCreate(_template.Replace(Placeholder, "cs_1", StringComparison.Ordinal), UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            ? []
            : ["OPS_TRACE_URL must be an http or https address that contains {session_id}."];
    }

    /// <summary>The address of an order's trace, or null if none is configured.</summary>
    public string? AddressOf(string sessionId) => _template.Length == 0 ? null : _template.Replace(Placeholder, Uri.EscapeDataString(sessionId), StringComparison.Ordinal);
}
