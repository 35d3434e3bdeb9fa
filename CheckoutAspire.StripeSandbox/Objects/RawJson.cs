using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>A snapshot of JSON in UTF-8: it needs half the memory of a string and is written into other JSON without escaping.</summary>
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
