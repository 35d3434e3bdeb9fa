using System.Globalization;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>The size of a run and its seed. The same seed generates the same histories and the same sequence of faults.</summary>
internal sealed record ChaosOptions
{
    /// <summary>The environment variable that sets the seed, to replay a run.</summary>
    public const string SeedVariable = "CHECKOUT_FAULT_SEED";

    public required int Sessions { get; init; }

    public required int Seed { get; init; }

    public int Workers { get; init; } = 2;

    public int Receivers { get; init; } = 1;

    /// <summary>The number of concurrent deliveries.</summary>
    public int Senders { get; init; } = 8;

    /// <summary>How long each sender pauses after a delivery, so that the load lasts as long as the faults.</summary>
    public TimeSpan Rest { get; init; }

    /// <summary>Whether older backups of Redis are restored among the faults.</summary>
    public bool Restores { get; init; }

    /// <summary>Whether Redis has a replica that is promoted while it lags.</summary>
    public bool Promotions { get; init; }

    /// <summary>Whether Redis goes back in time among the faults.</summary>
    public bool GoesBack => Restores || Promotions;

    /// <summary>How long after its last change an order leaves Redis for the archive.</summary>
    public TimeSpan ArchiveAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest pause between two faults.</summary>
    public TimeSpan Between { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the services may take to finish all work after the last delivery.</summary>
    public TimeSpan Quiescence { get; init; } = TimeSpan.FromMinutes(2);

    public static int? ReadSeed() =>
        int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), CultureInfo.InvariantCulture, out var seed) ? seed : null;
}
