using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>Where traces are looked up: <c>OPS_TRACE_URL</c>, an address with <c>{session_id}</c> or <c>{trace_id}</c> in it.</summary>
internal sealed class TraceOptions : IReadOptions
{
    private const string Session = "{session_id}";
    private const string Trace = "{trace_id}";

    private string _template = "";

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        _template = configuration["OPS_TRACE_URL"] ?? "";
        ConfigurationErrors = _template.Length == 0
            || ((_template.Contains(Session, StringComparison.Ordinal) || _template.Contains(Trace, StringComparison.Ordinal))
                && Uri.TryCreate(Fill("cs_1", "8ce1"), UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            ? []
            : ["OPS_TRACE_URL must be an http or https address that contains {session_id} or {trace_id}."];
    }

    /// <summary>The address of an order's trace; null if none is configured, or if it needs the trace's id, which the audit does not have.</summary>
    /// <param name="sessionId">The order.</param>
    /// <param name="traceId">The trace of the tool call that sold, if it is known.</param>
    public string? AddressOf(string sessionId, string? traceId) =>
        _template.Length == 0 || (traceId is null && _template.Contains(Trace, StringComparison.Ordinal)) ? null : Fill(sessionId, traceId ?? "");

    private string Fill(string sessionId, string traceId) => _template
        .Replace(Session, Uri.EscapeDataString(sessionId), StringComparison.Ordinal)
        .Replace(Trace, Uri.EscapeDataString(traceId), StringComparison.Ordinal);
}
