using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Checks the parameters of a request or a notification against the SDK's own types and names the first wrong member. The SDK would answer such requests
/// with 500 or with an internal error, and log each such notification with a stack trace.
/// </summary>
internal static partial class McpParams
{
    private const string Prefix = "io.modelcontextprotocol/";

    private const string SetLevel = "logging/setLevel";

    // The SDK has marked its types of this method as obsolete, but serves it to clients of revisions before 2026-07-28.
    private static readonly FrozenSet<string> s_levels = FrozenSet.Create(
        StringComparer.Ordinal, "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency");

    private static readonly JsonElement s_none = JsonElement.Parse("{}");

    // Each of these lists has one page. The SDK would answer any cursor with an empty one.
    private static readonly FrozenSet<string> s_lists = FrozenSet.Create(
        StringComparer.Ordinal, RequestMethods.ToolsList, RequestMethods.ResourcesList, RequestMethods.ResourcesTemplatesList);

    private static readonly FrozenDictionary<string, JsonTypeInfo> s_ofMethods = new Dictionary<string, JsonTypeInfo>(StringComparer.Ordinal)
    {
        [RequestMethods.Initialize] = TypeInfo<InitializeRequestParams>(),
        [RequestMethods.ToolsCall] = TypeInfo<CallToolRequestParams>(),
        [RequestMethods.ToolsList] = TypeInfo<ListToolsRequestParams>(),
        [RequestMethods.ResourcesList] = TypeInfo<ListResourcesRequestParams>(),
        [RequestMethods.ResourcesRead] = TypeInfo<ReadResourceRequestParams>(),
        [RequestMethods.ResourcesTemplatesList] = TypeInfo<ListResourceTemplatesRequestParams>(),
        [RequestMethods.ResourcesSubscribe] = TypeInfo<SubscribeRequestParams>(),
        [RequestMethods.ResourcesUnsubscribe] = TypeInfo<UnsubscribeRequestParams>(),
        [RequestMethods.SubscriptionsListen] = TypeInfo<SubscriptionsListenRequestParams>(),
        [RequestMethods.PromptsList] = TypeInfo<ListPromptsRequestParams>(),
        [RequestMethods.PromptsGet] = TypeInfo<GetPromptRequestParams>(),
        [RequestMethods.CompletionComplete] = TypeInfo<CompleteRequestParams>(),
        [RequestMethods.Ping] = TypeInfo<PingRequestParams>(),
        [RequestMethods.ServerDiscover] = TypeInfo<DiscoverRequestParams>(),
        [NotificationMethods.CancelledNotification] = TypeInfo<CancelledNotificationParams>(),
        [NotificationMethods.ProgressNotification] = TypeInfo<ProgressNotificationParams>(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, JsonTypeInfo> s_ofMeta = new Dictionary<string, JsonTypeInfo>(StringComparer.Ordinal)
    {
        [Prefix + "protocolVersion"] = TypeInfo<string>(),
        [Prefix + "clientInfo"] = TypeInfo<Implementation>(),
        [Prefix + "clientCapabilities"] = TypeInfo<ClientCapabilities>(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The problem of the first wrong member, or null: <c>params.clientInfo.name is missing or has a wrong type.</c></summary>
    public static string? Check(string method, JsonElement? parameters)
    {
        if (parameters is { ValueKind: not JsonValueKind.Object })
        {
            return "params must be an object.";
        }

        var given = parameters ?? s_none;
        if (s_ofMethods.TryGetValue(method, out var type) && Check(given, type, "params") is { } problem)
        {
            return problem;
        }

        if (s_lists.Contains(method) && given.TryGetProperty("cursor", out var cursor) && cursor.ValueKind is not JsonValueKind.Null)
        {
            return "params.cursor is unknown, because this list has one page: omit it.";
        }

        if (method == SetLevel && !(given.TryGetProperty("level", out var level) && level.ValueKind is JsonValueKind.String && s_levels.Contains(level.GetString()!)))
        {
            return "params.level must be a level such as info.";
        }

        if (!given.TryGetProperty("_meta", out var meta) || meta.ValueKind is JsonValueKind.Null)
        {
            return null;
        }

        if (meta.ValueKind is not JsonValueKind.Object)
        {
            // The SDK reads it for every method, known or not.
            return "params._meta must be an object.";
        }

        foreach (var member in meta.EnumerateObject())
        {
            if (s_ofMeta.TryGetValue(member.Name, out var metaType) && Check(member.Value, metaType, $"params._meta['{member.Name}']") is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }

    private static string? Check(JsonElement value, JsonTypeInfo type, string path)
    {
        try
        {
            return value.Deserialize(type) is null ? $"{path} must not be null." : FindNull(value, type, path);
        }
        catch (JsonException exception)
        {
            // $.clientInfo, and "…was missing required properties including: 'name'…"
            var member = path + exception.Path?.TrimStart('$');
            return MissingProperty().Match(exception.Message) is { Success: true } missing
                ? $"{member}.{missing.Groups[1].Value} is missing."
                : $"{member} has a wrong type or value.";
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or NotSupportedException or FormatException)
        {
            return $"{path} has a member of a wrong type or value.";
        }
    }

    /// <summary>The problem of the first required member, or item of a list, that is null. The SDK's serializer accepts null there, and what reads it later throws.</summary>
    private static string? FindNull(JsonElement value, JsonTypeInfo type, string path) => (value.ValueKind, type.Kind) switch
    {
        (JsonValueKind.Object, JsonTypeInfoKind.Object) => type.Properties.Select(member =>
            !value.TryGetProperty(member.Name, out var given) ? null
            : given.ValueKind is JsonValueKind.Null ? member.IsRequired ? $"{path}.{member.Name} must not be null." : null
            : FindNull(given, type.Options.GetTypeInfo(member.PropertyType), $"{path}.{member.Name}")).FirstOrDefault(problem => problem is not null),
        (JsonValueKind.Array, JsonTypeInfoKind.Enumerable) => value.EnumerateArray().Select((item, index) =>
            item.ValueKind is JsonValueKind.Null ? $"{path}[{index}] must not be null."
            : FindNull(item, type.Options.GetTypeInfo(type.ElementType!), $"{path}[{index}]")).FirstOrDefault(problem => problem is not null),
        _ => null,
    };

    private static JsonTypeInfo TypeInfo<T>() => McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(T));

    [GeneratedRegex("required properties including: '([^']+)'")]
    private static partial Regex MissingProperty();
}
