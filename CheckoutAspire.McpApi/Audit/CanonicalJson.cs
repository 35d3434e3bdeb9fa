using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CheckoutAspire.McpApi.Audit;

/// <summary>Digests of JSON that do not depend on how it is written: members in order, no white space.</summary>
internal static class CanonicalJson
{
    /// <summary>SHA-256 of the value in hexadecimal digits; of <c>{}</c> when there is none.</summary>
    public static string Digest(JsonElement? value)
    {
        if (value is not { } element)
        {
            return Digest("{}");
        }

        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            Write(writer, element);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes.WrittenSpan));
    }

    /// <summary>SHA-256 of a text in hexadecimal digits.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
