using System.Globalization;
using System.Security.Cryptography;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>How large a run is, and its seed: the same seed makes the same histories, the same faults in the same order.</summary>
internal sealed record ChaosOptions
{
    /// <summary>Replays a run: <c>CHECKOUT_FAULT_SEED</c>.</summary>
    public const string SeedVariable = "CHECKOUT_FAULT_SEED";

    public required int Sessions { get; init; }

    public required int Seed { get; init; }

    public int Workers { get; init; } = 2;

    public int Receivers { get; init; } = 1;

    /// <summary>Deliveries under way at once.</summary>
    public int Senders { get; init; } = 8;

    /// <summary>How long every sender rests after a delivery, so that the load lasts as long as the faults.</summary>
    public TimeSpan Rest { get; init; }

    /// <summary>The longest pause between two faults.</summary>
    public TimeSpan Between { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the rest may take once everything is delivered and every service runs.</summary>
    public TimeSpan Quiescence { get; init; } = TimeSpan.FromSeconds(60);

    public static int ReadSeed() =>
        int.TryParse(Environment.GetEnvironmentVariable(SeedVariable), CultureInfo.InvariantCulture, out var seed)
            ? seed
            : RandomNumberGenerator.GetInt32(int.MaxValue);
}
