namespace CheckoutAspire.Webhooks;

/// <summary>What a verified body contains.</summary>
internal enum EnvelopeKind
{
    Event,

    /// <summary>An event of a connected account (Stripe Connect), which has an <c>account</c>. Our sessions never belong to one.</summary>
    OfConnectedAccount,

    /// <summary>A v2 event, which references its object and does not contain it.</summary>
    Thin,

    /// <summary>An event without an id, a type or an object id, which cannot be processed.</summary>
    Incomplete,

    /// <summary>
    /// The body is not a JSON object, has a string with an unpaired surrogate, or repeats one of the members that <see cref="StripeEventEnvelope"/>
    /// reads. Two parsers could read a repeated member differently (<see href="https://www.rfc-editor.org/rfc/rfc8259#section-4"/>).
    /// </summary>
    Unparsable,
}
