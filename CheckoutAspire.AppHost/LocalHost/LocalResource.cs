namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>One process of the graph.</summary>
internal sealed record LocalResource
{
    public required string Name { get; init; }

    /// <summary>A name on the PATH, or a path.</summary>
    public required string Command { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Created, for this user only, when it is not there.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Set on top of the host's own environment, from which every variable of <see cref="Variables.All"/> is taken away first.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required Readiness Readiness { get; init; }

    /// <summary>Names of the resources that must be ready before this one starts, and that stop after it.</summary>
    public IReadOnlyList<string> WaitsFor { get; init; } = [];

    /// <summary>The loopback port it listens on; null when it listens on none.</summary>
    public int? Port { get; init; }

    /// <summary>A file without which it cannot run; null when it needs none.</summary>
    public string? RequiredFile { get; init; }

    /// <summary>What to do when the command or the required file is missing.</summary>
    public string IfMissing { get; init; } = "";
}
