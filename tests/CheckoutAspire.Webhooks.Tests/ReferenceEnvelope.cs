using System.Text;
using System.Text.Json;

namespace CheckoutAspire.Webhooks.Tests;

/// <summary>
/// Reads an event as <see cref="StripeEventEnvelope"/> has to read it, by the runtime's <see cref="Utf8JsonReader"/> and with the rules written a second time.
/// </summary>
internal sealed class ReferenceEnvelope(byte[] body)
{
    /// <summary>The members that are read, by the object that has them.</summary>
    private static readonly Dictionary<string, string[]> s_members = new()
    {
        [""] = ["id", "type", "account", "api_version", "livemode", "object", "data"],
        ["data"] = ["object"],
        ["data.object"] = ["id", "metadata"],
        ["data.object.metadata"] = ["traceparent"],
    };

    private readonly Dictionary<string, string> _read = [];

    public EnvelopeKind Kind { get; private set; }

    /// <summary>A text as <see cref="Slice"/> or <see cref="Copy"/> describes it, <c>true</c>, or nothing if the member has another type.</summary>
    public string this[string member] => _read.GetValueOrDefault(member, "");

    /// <summary>Describes a text by its place in the body, in which it is written without escapes.</summary>
    public static string Slice(int at, int length) => length == 0 ? "" : $"{length} bytes at {at}";

    /// <summary>Describes a text that had escapes.</summary>
    public static string Copy(ReadOnlySpan<byte> text) => text.IsEmpty ? "" : $"the text {Encoding.UTF8.GetString(text)}";

    public ReferenceEnvelope Read()
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            Kind = !reader.Read() || reader.TokenType is not JsonTokenType.StartObject ? EnvelopeKind.Unparsable : ReadEvent(ref reader);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            Kind = EnvelopeKind.Unparsable;
        }

        return this;
    }

    private EnvelopeKind ReadEvent(ref Utf8JsonReader reader)
    {
        var isThin = false;
        ReadMembers(ref reader, "", ref isThin);
        Assert.False(reader.Read());
        return isThin ? EnvelopeKind.Thin
            : Has("account") ? EnvelopeKind.OfConnectedAccount
            : Has("id") && Has("type") && Has("data.object.id") ? EnvelopeKind.Event
            : EnvelopeKind.Incomplete;
    }

    private bool Has(string member) => this[member].Length > 0;

    private void ReadMembers(ref Utf8JsonReader reader, string path, ref bool isThin)
    {
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            var name = Match(ref reader, s_members[path]);
            reader.Read();
            if (name is null)
            {
                reader.Skip();
                continue;
            }

            var member = path.Length == 0 ? name : $"{path}.{name}";
            if (!_read.TryAdd(member, ""))
            {
                throw new JsonException("A member occurs twice.");
            }

            if (!s_members.ContainsKey(member))
            {
                _read[member] = Value(ref reader, member, out var text);
                isThin |= member == "object" && text.StartsWith("v2."u8);
            }
            else if (reader.TokenType is JsonTokenType.StartObject)
            {
                ReadMembers(ref reader, member, ref isThin);
                continue;
            }

            reader.Skip();
        }
    }

    private static string? Match(ref Utf8JsonReader reader, string[] names)
    {
        foreach (var name in names)
        {
            if (reader.ValueTextEquals(Encoding.UTF8.GetBytes(name)))
            {
                return name;
            }
        }

        return null;
    }

    private static string Value(ref Utf8JsonReader reader, string member, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (member == "livemode")
        {
            return reader.TokenType is JsonTokenType.True ? "true" : "";
        }

        if (reader.TokenType is not JsonTokenType.String)
        {
            return "";
        }

        if (!reader.ValueIsEscaped)
        {
            text = reader.ValueSpan;
            return Slice((int)reader.TokenStartIndex + 1, text.Length);
        }

        var copy = new byte[reader.ValueSpan.Length];
        text = copy.AsSpan(0, reader.CopyString(copy));
        return Copy(text);
    }
}
