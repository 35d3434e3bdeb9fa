using System.Diagnostics;
using System.Diagnostics.Metrics;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Telemetry;

/// <summary>Spans and metrics of this service. They carry ids and codes, never a key, an e-mail address or the value of an argument.</summary>
internal sealed class McpApiTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "CheckoutAspire.McpApi";

    /// <summary>The MCP SDK's own source and meter, whose <c>tools/call</c> span is the root of an order's trace.</summary>
    public const string McpSdkName = "Experimental.ModelContextProtocol";

    public static readonly ActivitySource Source = new(Name);

    private readonly Counter<long> _created;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _rejected;

    public McpApiTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Name);
        _created = meter.CreateCounter<long>("checkout.sessions.created", "{session}", "Checkout sessions created.");
        _failed = meter.CreateCounter<long>("checkout.tool.errors", "{error}", "Tool calls that failed.");
        _rejected = meter.CreateCounter<long>("checkout.calls.refused", "{call}", "Calls that were rejected before they reached their tool.");
    }

    public void Created(string mode, string currency) =>
        _created.Add(1, new("checkout.mode", mode), new("checkout.currency", currency));

    public void Failed(string tool, CheckoutErrorCode code) =>
        _failed.Add(1, new("gen_ai.tool.name", tool), new("checkout.error.code", CheckoutErrorJson.NameOf(code)));

    public void Rejected(string code) => _rejected.Add(1, new KeyValuePair<string, object?>("checkout.error.code", code));

    /// <summary>Tags a span with its session, so that all spans of an order can be found.</summary>
    public static void TagSession(Activity? activity, string sessionId)
    {
        activity?.SetTag("checkout.session_id", sessionId);
        activity?.SetTag("messaging.message.conversation_id", sessionId);
    }
}
