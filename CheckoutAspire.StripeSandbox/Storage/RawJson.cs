using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Api;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>JSON as it was at one moment, in UTF-8: half the memory of text, and written into other JSON without escapes.</summary>
[JsonConverter(typeof(Converter))]
internal sealed class RawJson
{
    private readonly byte[] _utf8;

    private RawJson(byte[] utf8) => _utf8 = utf8;

    public static RawJson Of(JsonNode json) => new(JsonSerializer.SerializeToUtf8Bytes(json, StripeJson.Compact));

    public JsonObject ToJson() => JsonNode.Parse(_utf8)!.AsObject();

    internal sealed class Converter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            Of(JsonNode.Parse(ref reader)!);

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value._utf8, skipInputValidation: true);
    }
}
