using System.Diagnostics;

namespace CheckoutAspire.AppHost.LocalHost.OtlpTraces;

/// <summary>
/// Reads what an OTLP exporter sends to <c>/v1/traces</c>. Field numbers are those of
/// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto.
/// </summary>
internal static class ExportTraceServiceRequest
{
    /// <exception cref="InvalidDataException">The bytes are no such message.</exception>
    public static IReadOnlyList<SpanRecord> Read(ReadOnlySpan<byte> message)
    {
        var spans = new List<SpanRecord>();
        var request = new ProtobufReader(message);
        while (request.TryReadField(out var field))
        {
            if (field == 1)
            {
                ReadResourceSpans(request.ReadBytes(), spans);
            }
            else
            {
                request.Skip();
            }
        }

        return spans;
    }

    private static void ReadResourceSpans(ReadOnlySpan<byte> message, List<SpanRecord> spans)
    {
        // A field may stand anywhere, so the resource is read before the spans that need its name.
        var serviceName = "";
        var reader = new ProtobufReader(message);
        while (reader.TryReadField(out var field))
        {
            if (field == 1)
            {
                serviceName = OtlpAttributes.ReadResource(reader.ReadMessage()).GetValueOrDefault("service.name", "");
            }
            else
            {
                reader.Skip();
            }
        }

        reader = new ProtobufReader(message);
        while (reader.TryReadField(out var field))
        {
            if (field == 2)
            {
                ReadScopeSpans(reader.ReadBytes(), serviceName, spans);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static void ReadScopeSpans(ReadOnlySpan<byte> message, string serviceName, List<SpanRecord> spans)
    {
        var scope = "";
        var reader = new ProtobufReader(message);
        while (reader.TryReadField(out var field))
        {
            if (field == 1)
            {
                scope = ReadScopeName(reader.ReadMessage());
            }
            else
            {
                reader.Skip();
            }
        }

        reader = new ProtobufReader(message);
        while (reader.TryReadField(out var field))
        {
            if (field == 2)
            {
                spans.Add(ReadSpan(reader.ReadMessage(), serviceName, scope));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static string ReadScopeName(ProtobufReader reader)
    {
        var name = "";
        while (reader.TryReadField(out var field))
        {
            if (field == 1)
            {
                name = reader.ReadString();
            }
            else
            {
                reader.Skip();
            }
        }

        return name;
    }

    private static SpanRecord ReadSpan(ProtobufReader reader, string serviceName, string scope)
    {
        string traceId = "", spanId = "", parentSpanId = "", name = "";
        ulong kind = 0, start = 0, end = 0;
        var isError = false;
        var attributes = new Dictionary<string, string>(StringComparer.Ordinal);
        var links = new List<SpanLink>();
        while (reader.TryReadField(out var field))
        {
            switch (field)
            {
                case 1:
                    traceId = Convert.ToHexStringLower(reader.ReadBytes());
                    break;
                case 2:
                    spanId = Convert.ToHexStringLower(reader.ReadBytes());
                    break;
                case 4:
                    parentSpanId = Convert.ToHexStringLower(reader.ReadBytes());
                    break;
                case 5:
                    name = reader.ReadString();
                    break;
                case 6:
                    kind = reader.ReadVarint();
                    break;
                case 7:
                    start = reader.ReadFixed64();
                    break;
                case 8:
                    end = reader.ReadFixed64();
                    break;
                case 9:
                    OtlpAttributes.ReadKeyValue(reader.ReadMessage(), attributes);
                    break;
                case 13:
                    links.Add(ReadLink(reader.ReadMessage()));
                    break;
                case 15:
                    isError = ReadIsError(reader.ReadMessage());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new SpanRecord
        {
            TraceId = traceId,
            SpanId = spanId,
            ParentSpanId = parentSpanId.Length == 0 ? null : parentSpanId,
            Name = name,
            // OTLP counts from 1 (internal), with 0 for unspecified; System.Diagnostics counts from 0.
            Kind = kind is >= 1 and <= 5 ? (ActivityKind)(kind - 1) : ActivityKind.Internal,
            ServiceName = serviceName,
            Scope = scope,
            StartTime = FromUnixNanoseconds(start),
            Duration = FromUnixNanoseconds(end) - FromUnixNanoseconds(start),
            IsError = isError,
            Attributes = attributes,
            Links = links,
        };
    }

    private static DateTimeOffset FromUnixNanoseconds(ulong nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks((long)(nanoseconds / (ulong)TimeSpan.NanosecondsPerTick));

    private static SpanLink ReadLink(ProtobufReader reader)
    {
        string traceId = "", spanId = "";
        while (reader.TryReadField(out var field))
        {
            switch (field)
            {
                case 1:
                    traceId = Convert.ToHexStringLower(reader.ReadBytes());
                    break;
                case 2:
                    spanId = Convert.ToHexStringLower(reader.ReadBytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new SpanLink(traceId, spanId);
    }

    private static bool ReadIsError(ProtobufReader reader)
    {
        const ulong error = 2;
        ulong code = 0;
        while (reader.TryReadField(out var field))
        {
            if (field == 3)
            {
                code = reader.ReadVarint();
            }
            else
            {
                reader.Skip();
            }
        }

        return code == error;
    }
}
