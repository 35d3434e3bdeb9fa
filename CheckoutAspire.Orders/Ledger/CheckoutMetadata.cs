namespace CheckoutAspire.Orders.Ledger;

/// <summary>The metadata that our sessions carry at Stripe, on the session and on what it creates.</summary>
public static class CheckoutMetadata
{
    /// <summary>The seller's own product id, as the agent gave it.</summary>
    public const string ProductId = "product_id";

    /// <summary>Says that this application made the session: <see cref="SourceValue"/>.</summary>
    public const string Source = "source";

    /// <summary>The value of <see cref="Source"/>.</summary>
    public const string SourceValue = "mcp_server";

    /// <summary>Which installation made the session (<c>CHECKOUT_DEPLOYMENT</c>).</summary>
    public const string Deployment = "deployment";

    /// <summary>Our own reference of the order, known before Stripe answers.</summary>
    public const string OrderRef = "order_ref";

    /// <summary>The session's owner, as a digest that does not reveal the principal.</summary>
    public const string Owner = "owner";

    /// <summary>Proves that this installation sold what the session says (<see cref="SaleSeal"/>).</summary>
    public const string Seal = "seal";

    /// <summary>The tool call's W3C trace context.</summary>
    public const string Traceparent = "traceparent";

    /// <summary>The names that a caller may not set.</summary>
    public static IReadOnlySet<string> Reserved { get; } =
        new HashSet<string>(StringComparer.Ordinal) { ProductId, Source, Deployment, OrderRef, Owner, Seal, Traceparent, FulfilledAt };

    /// <summary>When the order was fulfilled: the second witness, written after the commit.</summary>
    public const string FulfilledAt = "fulfilled_at";

    /// <summary>Whether metadata at Stripe says that this application and this installation made the object.</summary>
    public static bool IsOurs(IReadOnlyDictionary<string, string>? metadata, string deployment) =>
        metadata is not null
        && metadata.TryGetValue(Source, out var source) && source == SourceValue
        && metadata.TryGetValue(Deployment, out var name) && name == deployment;
}
