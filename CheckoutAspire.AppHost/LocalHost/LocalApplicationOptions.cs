namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>What <see cref="LocalApplication"/> starts; a test gives free ports, a temporary directory and variables of its own.</summary>
internal sealed record LocalApplicationOptions
{
    public required LocalLayout Layout { get; init; }

    public required DataDirectory Data { get; init; }

    public Topology Topology { get; init; } = new();

    /// <summary>Canceled when the user waits no longer for an orderly stop.</summary>
    public CancellationToken Hurry { get; init; }

    /// <summary>Reads a variable of the user's; null when it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;
}
