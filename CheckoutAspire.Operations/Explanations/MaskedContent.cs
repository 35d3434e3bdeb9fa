using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CheckoutAspire.Operations.Explanations;

/// <summary>
/// The content of an event for operators. Names, numbers and the structure are shown; a text is shown only if its name says that it is an id or a state, and masked
/// otherwise.
/// </summary>
internal static class MaskedContent
{
    private const string Mask = "•••";
    private const int LongestShown = 100;

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    private static readonly HashSet<string> s_shown = new(
        [
            "id", "object", "type", "api_version", "status", "payment_status", "mode", "currency", "payment_intent", "subscription", "invoice", "charge", "customer", "reason",
            "billing_reason", "collection_method", "balance_transaction", "payment_method", "order_ref", "source", "deployment", "product_id", "idempotency_key", "request",
        ],
        StringComparer.Ordinal);

    /// <summary>Objects about the buyer: also their numbers are masked.</summary>
    private static readonly HashSet<string> s_personal = new(
        [
            "customer_details", "shipping", "shipping_details", "billing_details", "collected_information", "customer_address", "customer_shipping", "custom_fields",
            "payment_method_details", "receipt", "tax_ids",
        ],
        StringComparer.Ordinal);

    private static readonly SearchValues<char> s_ofIds = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:/");

    /// <summary>The masked content. Bytes that are not JSON are only counted.</summary>
    public static string Of(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body, documentOptions: s_strict) is { } content ? MaskNode("", content, isPersonal: false)!.ToJsonString(s_indented) : "null";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return $"{body.Length} bytes that are not JSON.";
        }
    }

    private static JsonNode? MaskNode(string name, JsonNode? node, bool isPersonal) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member =>
            KeyValuePair.Create(member.Key, MaskNode(member.Key, member.Value, isPersonal || s_personal.Contains(member.Key))))),
        JsonArray items => new JsonArray([.. items.Select(item => MaskNode(name, item, isPersonal))]),
        JsonValue value when IsShown(name, value, isPersonal) => value.DeepClone(),
        null => null,
        _ => Mask,
    };

    private static bool IsShown(string name, JsonValue value, bool isPersonal) => !isPersonal && (value.GetValueKind() != JsonValueKind.String
        || (s_shown.Contains(name) && value.GetValue<string>() is { Length: <= LongestShown } text && !text.AsSpan().ContainsAnyExcept(s_ofIds)));
}
