namespace CheckoutAspire.Orders.Ledger;

/// <summary>The metadata of our sessions at Stripe and of the objects that they create.</summary>
public static class CheckoutMetadata
{
    /// <summary>The seller's own product id, as the agent gave it.</summary>
    public const string ProductId = "product_id";

    /// <summary>Marks sessions that this application created: <see cref="SourceValue"/>.</summary>
    public const string Source = "source";

    /// <summary>The value of <see cref="Source"/>.</summary>
    public const string SourceValue = "mcp_server";

    /// <summary>The installation that created the session (<c>CHECKOUT_DEPLOYMENT</c>).</summary>
    public const string Deployment = "deployment";

    /// <summary>Our own reference of the order, known before Stripe answers.</summary>
    public const string OrderRef = "order_ref";

    /// <summary>The session's owner, as a digest that does not reveal the principal.</summary>
    public const string Owner = "owner";

    /// <summary>Proves that this installation made the sale (<see cref="SaleSeal"/>).</summary>
    public const string Seal = "seal";

    /// <summary>The tool call's W3C trace context.</summary>
    public const string Traceparent = "traceparent";

    /// <summary>The names that a caller may not set.</summary>
    public static IReadOnlySet<string> Reserved { get; } =
        new HashSet<string>(StringComparer.Ordinal) { ProductId, Source, Deployment, OrderRef, Owner, Seal, Traceparent, FulfilledAt };

    /// <summary>When the order was fulfilled: the second witness, written after the commit.</summary>
    public const string FulfilledAt = "fulfilled_at";

    /// <summary>Whether an object's metadata names this application and this installation.</summary>
    public static bool IsOurs(IReadOnlyDictionary<string, string>? metadata, string deployment) =>
        metadata is not null
        && metadata.TryGetValue(Source, out var source) && source == SourceValue
        && metadata.TryGetValue(Deployment, out var name) && name == deployment;
}
