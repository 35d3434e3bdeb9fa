namespace CheckoutAspire.Orders.Events;

/// <summary>A JSON string as it is written.</summary>
/// <param name="token">The string with its quotation marks.</param>
/// <param name="isEscaped">Whether it has an escape.</param>
public readonly ref struct JsonText(ReadOnlySpan<byte> token, bool isEscaped)
{
    /// <summary>The string with its quotation marks.</summary>
    public ReadOnlySpan<byte> Token { get; } = token;

    /// <summary>Whether the string has an escape, so that <see cref="Bytes"/> is not its text.</summary>
    public bool IsEscaped { get; } = isEscaped;

    /// <summary>What is between the quotation marks.</summary>
    public ReadOnlySpan<byte> Bytes => Token[1..^1];
}
