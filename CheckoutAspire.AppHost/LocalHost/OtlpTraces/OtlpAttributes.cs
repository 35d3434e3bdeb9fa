using System.Globalization;

namespace CheckoutAspire.AppHost.LocalHost.OtlpTraces;

/// <summary>
/// Reads attributes; field numbers are those of
/// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/common/v1/common.proto (and resource.proto).
/// </summary>
internal static class OtlpAttributes
{
    /// <summary>The attributes of a <c>Resource</c> message.</summary>
    public static Dictionary<string, string> ReadResource(ProtobufReader reader)
    {
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.TryReadField(out var field))
        {
            if (field == 1)
            {
                ReadKeyValue(reader.ReadMessage(), attributes);
            }
            else
            {
                reader.Skip();
            }
        }

        return attributes;
    }

    /// <summary>Adds a <c>KeyValue</c> message whose value is a scalar.</summary>
    public static void ReadKeyValue(ProtobufReader reader, Dictionary<string, string> attributes)
    {
        var key = "";
        string? value = null;
        while (reader.TryReadField(out var field))
        {
            switch (field)
            {
                case 1:
                    key = reader.ReadString();
                    break;
                case 2:
                    value = ReadAnyValue(reader.ReadMessage());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (value is not null)
        {
            attributes[key] = value;
        }
    }

    private static string? ReadAnyValue(ProtobufReader reader)
    {
        string? value = null;
        while (reader.TryReadField(out var field))
        {
            switch (field)
            {
                case 1:
                    value = reader.ReadString();
                    break;
                case 2:
                    value = reader.ReadVarint() == 0 ? "false" : "true";
                    break;
                case 3:
                    value = ((long)reader.ReadVarint()).ToString(CultureInfo.InvariantCulture);
                    break;
                case 4:
                    value = BitConverter.UInt64BitsToDouble(reader.ReadFixed64()).ToString(CultureInfo.InvariantCulture);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return value;
    }
}
