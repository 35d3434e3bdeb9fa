using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Digests of JSON that do not depend on its formatting: members are sorted, and white space is removed.</summary>
internal static class CanonicalJson
{
    /// <summary>SHA-256 of the value in hexadecimal digits; of <c>{}</c> for null.</summary>
    public static string Digest(JsonElement? value) => value is { } element ? Digest(writer => Write(writer, element)) : Digest("{}");

    /// <summary>SHA-256 of the object with these members, in hexadecimal digits.</summary>
    public static string Digest(IEnumerable<KeyValuePair<string, JsonElement>> members) => Digest(writer => Write(writer, members));

    /// <summary>SHA-256 of a text in hexadecimal digits.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Digest(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
        {
            write(writer);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes.WrittenSpan));
    }

    private static void Write(Utf8JsonWriter writer, IEnumerable<KeyValuePair<string, JsonElement>> members)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Write(writer, value.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, property.Value)));
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
