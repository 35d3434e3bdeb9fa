using System.Text.Json;

namespace CheckoutAspire.Orders.Events;

/// <summary>
/// Walks through the members of a JSON object, and skips what is not asked for without making tokens of it. It accepts what <see cref="Utf8JsonReader"/>
/// accepts by default, and nothing else: a differential test compares the two. It does not count lines, which is a good part of that reader's time in
/// an event of Stripe, most members of which are skipped.
/// </summary>
/// <param name="json">The text, as UTF-8.</param>
/// <remarks>
/// <code>
/// var scanner = new JsonScanner(json);
/// if (scanner.TryEnterObject())
/// {
///     while (scanner.TryReadName(out var name))
///     {
///         var value = scanner.ReadValue();
///     }
/// }
///
/// scanner.ReadEnd();
/// </code>
/// </remarks>
public ref struct JsonScanner(ReadOnlySpan<byte> json)
{
    private readonly ReadOnlySpan<byte> _json = json;
    private int _at = JsonGrammar.SkipWhiteSpace(json, 0);
    private int _depth;
    private bool _isFirstMember;

    /// <summary>The position of the next byte to be read.</summary>
    public readonly int Position => _at;

    /// <summary>Enters the object that is the next value. Returns false, and stays before the value, if it is not an object.</summary>
    /// <exception cref="JsonException">Objects are nested too deep.</exception>
    public bool TryEnterObject()
    {
        if (JsonGrammar.ByteAt(_json, _at) != '{')
        {
            return false;
        }

        if (_depth == JsonGrammar.MaxDepth)
        {
            throw JsonGrammar.Invalid(_at);
        }

        _depth++;
        _at = JsonGrammar.SkipWhiteSpace(_json, _at + 1);
        _isFirstMember = true;
        return true;
    }

    /// <summary>Reads the name of the entered object's next member. Returns false, and leaves the object, if it has no other one.</summary>
    /// <param name="name">The name with its quotation marks, as it is written.</param>
    /// <exception cref="JsonException">The text is not valid JSON.</exception>
    public bool TryReadName(out JsonText name)
    {
        var at = _isFirstMember ? _at : JsonGrammar.SkipWhiteSpace(_json, _at);
        var next = JsonGrammar.ByteAt(_json, at);
        if (next == '}')
        {
            _at = at + 1;
            _depth--;
            _isFirstMember = false;
            name = default;
            return false;
        }

        if (!_isFirstMember)
        {
            at = next == ',' ? JsonGrammar.SkipWhiteSpace(_json, at + 1) : throw JsonGrammar.Invalid(at);
        }

        var end = JsonGrammar.SkipString(_json, at, out var isEscaped);
        name = new JsonText(_json[at..end], isEscaped);
        _at = JsonGrammar.SkipColon(_json, end);
        _isFirstMember = false;
        return true;
    }

    /// <summary>Reads the next value if it is a string. Returns false, and stays before the value, if it is not.</summary>
    /// <exception cref="JsonException">The string is not valid JSON.</exception>
    public bool TryReadString(out JsonText text)
    {
        if (JsonGrammar.ByteAt(_json, _at) != '"')
        {
            text = default;
            return false;
        }

        var begin = _at;
        _at = JsonGrammar.SkipString(_json, begin, out var isEscaped);
        text = new JsonText(_json[begin.._at], isEscaped);
        return true;
    }

    /// <summary>Reads the next value if it is null. Returns false, and stays before the value, if it is not.</summary>
    /// <exception cref="JsonException">The text is not valid JSON.</exception>
    public bool TryReadNull()
    {
        if (JsonGrammar.ByteAt(_json, _at) != 'n')
        {
            return false;
        }

        _at = JsonGrammar.SkipValue(_json, _at, _depth);
        return true;
    }

    /// <summary>Reads the next value, of any type, as it is written.</summary>
    /// <exception cref="JsonException">The text is not valid JSON.</exception>
    public ReadOnlySpan<byte> ReadValue()
    {
        var begin = _at;
        _at = JsonGrammar.SkipValue(_json, begin, _depth);
        return _json[begin.._at];
    }

    /// <summary>Checks that nothing but white space follows.</summary>
    /// <exception cref="JsonException">Something follows.</exception>
    public void ReadEnd()
    {
        _at = JsonGrammar.SkipWhiteSpace(_json, _at);
        if (_at != _json.Length)
        {
            throw JsonGrammar.Invalid(_at);
        }
    }
}
