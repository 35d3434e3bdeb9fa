using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CheckoutAspire.Orders.Events;

namespace CheckoutAspire.Worker.Events;

/// <summary>
/// Reads members of the usual form: names and texts without escapes, each name once, no null where a value is required. After anything else it reads
/// nothing more, and <see cref="IsUnusual"/> is true.
/// </summary>
internal ref struct UsualJson(ReadOnlySpan<byte> json)
{
    /// <summary>A number of so many digits fits.</summary>
    private const int MaxDigits = 18;

    /// <summary>Room for our own metadata.</summary>
    private const int UsualTexts = 8;

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    private JsonScanner _json = new(json);

    /// <summary>Whether something was not of the usual form, so that what was read is not to be used.</summary>
    public bool IsUnusual { get; private set; }

    public void EnterObject() => IsUnusual |= !_json.TryEnterObject();

    /// <summary>Reads the next member's name. Returns false after the last one.</summary>
    public bool TryReadName(out ReadOnlySpan<byte> name)
    {
        name = default;
        if (IsUnusual || !_json.TryReadName(out var read))
        {
            return false;
        }

        name = read.Bytes;
        IsUnusual = read.IsEscaped;
        return !IsUnusual;
    }

    /// <summary>Notes that a member occurs.</summary>
    public void Once(ref bool seen)
    {
        IsUnusual |= seen;
        seen = true;
    }

    /// <summary>Notes what has to be so in a usual event.</summary>
    public void Expect(bool condition) => IsUnusual |= !condition;

    public void Skip() => _json.ReadValue();

    public bool TryReadNull() => _json.TryReadNull();

    /// <summary>Reads an integer that is written as digits.</summary>
    public long ReadInteger()
    {
        var digits = _json.ReadValue();
        Expect(Utf8Parser.TryParse(digits, out long value, out var consumed) & consumed == digits.Length & digits.Length <= MaxDigits);
        return value;
    }

    public bool ReadBoolean()
    {
        var literal = _json.ReadValue();
        Expect(literal[0] is (byte)'t' or (byte)'f');
        return literal[0] == 't';
    }

    public string ReadText()
    {
        var text = ReadBytes();
        Expect(Utf8.IsValid(text));
        return IsUnusual ? "" : Encoding.UTF8.GetString(text);
    }

    /// <summary>Reads one of few different texts.</summary>
    public string ReadFrequentText()
    {
        var text = ReadBytes();
        Expect(Ascii.IsValid(text));
        return IsUnusual ? "" : FrequentText.Of(text);
    }

    /// <summary>Reads an object that has only texts.</summary>
    public Dictionary<string, string> ReadTexts()
    {
        var texts = new Dictionary<string, string>(UsualTexts);
        EnterObject();
        while (TryReadName(out var name))
        {
            Expect(Ascii.IsValid(name));
            Expect(!IsUnusual && texts.TryAdd(FrequentText.Of(name), ReadText()));
        }

        return texts;
    }

    /// <summary>Reads a value that may have any form, without repeated members.</summary>
    public JsonElement ReadElement() => JsonElement.Parse(_json.ReadValue(), s_strict);

    public void ReadEnd() => _json.ReadEnd();

    private ReadOnlySpan<byte> ReadBytes()
    {
        Expect(_json.TryReadString(out var text) && !text.IsEscaped);
        return IsUnusual ? default : text.Bytes;
    }
}
