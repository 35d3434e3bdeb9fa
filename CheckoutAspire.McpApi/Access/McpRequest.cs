using System.Collections.Frozen;
using System.Text.Json;

namespace CheckoutAspire.McpApi.Access;

/// <summary>An MCP request as it is read before the SDK parses it: its scope and its rate limit depend on the tool.</summary>
internal sealed record McpRequest
{
    private const string ToolsCall = "tools/call";
    private const string Initialize = "initialize";
    private const int MaxId = 202; // With its quotes.
    private const string Listen = "subscriptions/listen";

    private static readonly FrozenSet<string> s_methods = FrozenSet.Create(
        StringComparer.Ordinal,
        "initialize", "notifications/initialized", "notifications/cancelled", "ping", "server/discover", "tools/list", "resources/list",
        "resources/read", "resources/templates/list", "resources/subscribe", "resources/unsubscribe", "subscriptions/listen");

    // Revisions are dates, so they can be compared as text. From this one on, some methods do not exist any more, whatever their parameters are.
    private const string FirstWithoutSessions = "2026-07-28";

    /// <summary>The newest revision that begins with <c>initialize</c>.</summary>
    public const string NewestWithSessions = "2025-11-25";

    private static readonly FrozenSet<string> s_methodsOfSessions = FrozenSet.Create(
        StringComparer.Ordinal, Initialize, "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe");

    private const string InvalidRequest = "The body is not a single JSON-RPC message.";

    private JsonElement? _parameters;

    private string? _problem;

    /// <summary>The members of <c>_meta</c> that carry the caller's trace.</summary>
    public static IReadOnlyList<string> TraceContext { get; } = ["traceparent", "tracestate", "baggage"];

    /// <summary>The request's JSON-RPC id as it was written, or null.</summary>
    public JsonElement? Id { get; private init; }

    /// <summary>Whether the request carries the caller's trace.</summary>
    public bool HasTraceContext { get; private init; }

    public string Method { get; private init; } = "";

    /// <summary>The tool of a <c>tools/call</c>; null for other methods.</summary>
    public string? Tool { get; private init; }

    public JsonElement? Arguments { get; private init; }

    /// <summary>The number of permits that the request takes: one for each line of a sale, or for each resource of a subscription.</summary>
    public int Cost { get; private init; } = 1;

    /// <summary>The id, as it was written, of the request that this notification cancels, or null.</summary>
    public string? CanceledId => Method == "notifications/cancelled" && _parameters is { ValueKind: JsonValueKind.Object } canceled
        && canceled.TryGetProperty("requestId", out var id) ? id.GetRawText() : null;

    /// <summary>Whether the request starts a session, to which no other session can belong.</summary>
    public bool IsInitialize => Method == Initialize;

    /// <summary>
    /// Whether the request starts a session of a revision that is newer than any with sessions. The server must then answer with the newest one that it
    /// supports (<see href="https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle#version-negotiation">version negotiation</see>), and the
    /// SDK answers with an error.
    /// </summary>
    public bool AsksForNewerSession => IsInitialize && _parameters is { ValueKind: JsonValueKind.Object } given
        && string.CompareOrdinal(TextOf(given, "protocolVersion"), NewestWithSessions) > 0;

    /// <summary>Whether the request calls a tool. Only tool calls have large arguments.</summary>
    public bool IsToolCall => Tool is not null;

    /// <summary>
    /// The name of the request's span, by the <see href="https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/">semantic conventions</see>:
    /// <c>tools/call initiate_checkout</c>. Null for unknown methods and tools, whose names callers choose.
    /// </summary>
    public string? SpanName => Tool is not null ? CheckoutScope.IsKnown(Tool) ? $"{Method} {Tool}" : null : s_methods.Contains(Method) ? Method : null;

    /// <summary>The scope that the request requires, or null.</summary>
    public string? Scope => CheckoutScope.Of(Method, Tool);

    /// <summary>All scopes that the request requires.</summary>
    public IEnumerable<string> Scopes => Tool is not null ? CheckoutScope.OfCall(Tool, Replaces) : Scope is { } scope ? [scope] : [];

    private bool Replaces => Arguments is { ValueKind: JsonValueKind.Object } arguments
        && arguments.TryGetProperty("replaces", out var replaces) && replaces.ValueKind is not JsonValueKind.Null;

    /// <summary>Whether the request sells or cancels, which has a lower rate limit than reading.</summary>
    public bool Changes => Tool is not null && Scope is not CheckoutScope.Read;

    /// <summary>The problem of the first member that is missing or has a wrong type, or null.</summary>
    /// <param name="revision">The protocol's revision, as the header names it.</param>
    public string? FindProblem(string revision) => _problem
        ?? (Method.Length == 0 || (s_methodsOfSessions.Contains(Method) && string.CompareOrdinal(revision, FirstWithoutSessions) >= 0)
            ? null
            : McpParams.Check(Method, _parameters));

    /// <summary>
    /// Reads a message. It rejects what two parsers could read differently, so that the SDK calls the tool that was counted and allowed here.
    /// </summary>
    /// <exception cref="JsonException">The body is not a message, or is ambiguous.</exception>
    public static McpRequest Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return Read(body);
        }
        catch (InvalidOperationException exception)
        {
            // "\ud800" is JSON but not text (https://www.rfc-editor.org/rfc/rfc7493#section-2.1): later readers would throw as well.
            throw new JsonException(InvalidRequest, exception);
        }
    }

    private static McpRequest Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var message = document.RootElement;
        RejectUnpairedSurrogates(message);
        RejectVariants(message, "jsonrpc", "method", "params", "id");
        var method = TextOf(message, "method") ?? "";
        var id = message.TryGetProperty("id", out var given) && given.ValueKind is JsonValueKind.String or JsonValueKind.Number ? given.Clone() : (JsonElement?)null;
        var request = new McpRequest
        {
            Id = id,
            Method = method,
            HasTraceContext = message.TryGetProperty("params", out var any) && CarriesTrace(any),
            _parameters = any.ValueKind is JsonValueKind.Undefined ? null : any.Clone(),
            _problem = ProblemOf(message),
        };
        if (method is not (ToolsCall or Listen) || !message.TryGetProperty("params", out var parameters))
        {
            return request;
        }

        if (method == Listen)
        {
            return request with { Cost = LengthOf(parameters, "notifications", "resourceSubscriptions") };
        }

        RejectVariants(parameters, "name", "arguments");
        return request with
        {
            Tool = TextOf(parameters, "name") ?? "",
            Arguments = parameters.TryGetProperty("arguments", out var arguments) ? arguments.Clone() : null,
            // The second path is the Universal Commerce Protocol's.
            Cost = Math.Max(LengthOf(arguments, "line_items"), LengthOf(arguments, "checkout", "line_items")),
        };
    }

    /// <summary>The problem of a member of the message itself: <c>{"jsonrpc":"2.0","id":1,"method":"ping"}</c>, or a response with a result or an error.</summary>
    private static string? ProblemOf(JsonElement message)
    {
        if (TextOf(message, "jsonrpc") != "2.0")
        {
            return "jsonrpc must be \"2.0\".";
        }

        var isResponse = !message.TryGetProperty("method", out var method) && (message.TryGetProperty("result", out _) || message.TryGetProperty("error", out _));
        if (!isResponse && method.ValueKind is not JsonValueKind.String)
        {
            return "method is missing or not a text.";
        }

        return message.TryGetProperty("id", out var id) && !IsId(id) ? "id must be a text of at most 200 characters or a whole number." : null;
    }

    private static bool IsId(JsonElement id) => id.ValueKind switch
    {
        JsonValueKind.String => id.GetRawText().Length <= MaxId,
        JsonValueKind.Number => id.TryGetInt64(out _),
        _ => false,
    };

    private static bool CarriesTrace(JsonElement parameters) =>
        parameters.ValueKind is JsonValueKind.Object
        && parameters.TryGetProperty("_meta", out var meta)
        && meta.ValueKind is JsonValueKind.Object
        && TraceContext.Any(name => meta.TryGetProperty(name, out _));

    /// <summary>The length of the list at a path, or 1 if the path has no list.</summary>
    private static int LengthOf(JsonElement element, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind is not JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return 1;
            }
        }

        return element.ValueKind is JsonValueKind.Array ? Math.Max(1, element.GetArrayLength()) : 1;
    }

    /// <exception cref="InvalidOperationException">A string or a name has an unpaired surrogate.</exception>
    private static void RejectUnpairedSurrogates(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _ = value.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    RejectUnpairedSurrogates(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    _ = property.Name;
                    RejectUnpairedSurrogates(property.Value);
                }

                break;
        }
    }

    // The SDK's serializer may read "Name" as "name".
    private static void RejectVariants(JsonElement element, params ReadOnlySpan<string> names)
    {
        if (element.ValueKind is not JsonValueKind.Object)
        {
            throw new JsonException(InvalidRequest);
        }

        foreach (var property in element.EnumerateObject())
        {
            foreach (var name in names)
            {
                if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && property.Name != name)
                {
                    throw new JsonException(InvalidRequest);
                }
            }
        }
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}
