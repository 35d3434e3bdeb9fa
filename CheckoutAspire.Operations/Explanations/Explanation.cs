namespace CheckoutAspire.Operations.Explanations;

/// <summary>How much of an operator's attention an order needs.</summary>
public enum Tone
{
    /// <summary>Nothing is to be done.</summary>
    Done,

    /// <summary>The system continues by itself.</summary>
    Waiting,

    /// <summary>An operator has to act.</summary>
    Action,
}

/// <summary>Why an order is where it is, and what happens next.</summary>
/// <param name="Tone">How much attention the order needs.</param>
/// <param name="Title">The state in two or three words.</param>
/// <param name="Why">Why the order is in this state.</param>
/// <param name="Next">What happens next, and when.</param>
public sealed record Explanation(Tone Tone, string Title, string Why, string Next);
