namespace CheckoutAspire.Operations.Pages;

/// <summary>A field of a list of facts, or of a form.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
public sealed record NamedValue(string Name, string Value);

/// <summary>A page that says what an action will do before an operator confirms it.</summary>
/// <param name="Title">The action, for example <c>Pause the handler ship</c>.</param>
/// <param name="Effect">What it will do, in one sentence.</param>
/// <param name="Detail">What else follows from it.</param>
/// <param name="Button">The button that does it.</param>
/// <param name="Path">Where the form is sent.</param>
/// <param name="Cancel">The page to return to.</param>
public sealed record Confirmation(string Title, string Effect, string Detail, string Button, string Path, string Cancel)
{
    /// <summary>What the operator should know before.</summary>
    public IReadOnlyList<NamedValue> Facts { get; init; } = [];

    /// <summary>What the form sends in addition to who and why.</summary>
    public IReadOnlyList<NamedValue> Fields { get; init; } = [];

    /// <summary>Why it was not done, if it was tried.</summary>
    public string? Refusal { get; init; }

    /// <summary>The entered name.</summary>
    public string? Who { get; init; }

    /// <summary>The entered reason.</summary>
    public string? Why { get; init; }

    /// <summary>The same page with the reason why it was not done.</summary>
    public Confirmation Refused(string refusal, string? who, string? why) => this with { Refusal = refusal, Who = who, Why = why };
}
