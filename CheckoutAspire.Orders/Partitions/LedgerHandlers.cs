namespace CheckoutAspire.Orders.Partitions;

/// <summary>
/// The fulfillment handlers that a worker runs. The ledger is stamped with them, and a worker with others stops: a worker that lacks one
/// would fulfill orders of which that handler never heard.
/// </summary>
/// <param name="Names">In the order in which they run.</param>
/// <param name="Replaces">The stamped set that the operator replaces by this one, or null.</param>
public sealed record LedgerHandlers(IReadOnlyList<string> Names, IReadOnlyList<string>? Replaces = null)
{
    /// <summary>The ledger's stamp of its handlers: their names, sorted and separated by commas.</summary>
    internal const string Field = "handlers";

    private const string None = "none";

    private volatile string _paused = "";

    /// <summary>Those that are paused at present, separated by commas.</summary>
    public string Paused
    {
        get => _paused;
        set => _paused = value;
    }

    /// <summary>The names as scripts take them: in their order, separated by commas.</summary>
    public string InOrder => string.Join(',', Names);

    /// <summary>The names as the ledger is stamped: sorted, so that only the set counts.</summary>
    internal string Stamp => StampOf(Names);

    /// <summary>The stamp that may be replaced, or null.</summary>
    internal string? ReplacedStamp => Replaces is null ? null : StampOf(Replaces);

    /// <summary>Reads <c>merchant_webhook,license_keys</c>, or <c>none</c>.</summary>
    public static IReadOnlyList<string> Read(string names) =>
        names == None ? [] : [.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    internal static string Describe(string stamp) => stamp.Length == 0 ? None : stamp;

    private static string StampOf(IReadOnlyList<string> names) => string.Join(',', names.Order(StringComparer.Ordinal));
}
