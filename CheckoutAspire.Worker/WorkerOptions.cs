using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker;

/// <summary>The worker's settings, section <c>Worker</c>.</summary>
public sealed class WorkerOptions
{
    /// <summary>How long a claim is valid without renewal (<c>Worker__Lease</c>). The orders that a killed worker had claimed wait this long.</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00.1", "01:00:00", ErrorMessage = "Worker__Lease must be between 00:00:00.1 and 01:00:00.")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many entries of each partition are processed at once (<c>Worker__Concurrency</c>).</summary>
    [SettingRange(1, 10_000, ErrorMessage = "Worker__Concurrency must be between 1 and 10000.")]
    public int Concurrency { get; set; } = 512;

    /// <summary>How often an entry is tried before it goes to the dead letters (<c>Worker__MaxAttempts</c>): with the default delays, for three days.</summary>
    [SettingRange(1, 1000, ErrorMessage = "Worker__MaxAttempts must be between 1 and 1000.")]
    public int MaxAttempts { get; set; } = 40;

    /// <summary>
    /// How many workers an entry may end before it goes to the dead letters (<c>Worker__MaxCrashes</c>). An orderly stop does not count. From
    /// the third time on the entry is processed alone, so that only the one at fault is counted.
    /// </summary>
    [SettingRange(1, 100, ErrorMessage = "Worker__MaxCrashes must be between 1 and 100.")]
    public int MaxCrashes { get; set; } = 12;

    /// <summary>How long a handler may take for one order (<c>Worker__HandlerTimeout</c>); then it is canceled, and the attempt has failed.</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00.1", "01:00:00", ErrorMessage = "Worker__HandlerTimeout must be between 00:00:00.1 and 01:00:00.")]
    public TimeSpan HandlerTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The delay after the first failed attempt (<c>Worker__RetryDelay</c>); it doubles with each, with jitter.</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "Worker__RetryDelay must be between 00:00:00.001 and 1.00:00:00.")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The longest delay (<c>Worker__MaxRetryDelay</c>).</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00.001", "7.00:00:00", ErrorMessage = "Worker__MaxRetryDelay must be between 00:00:00.001 and 7.00:00:00.")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromHours(4);

    /// <summary>
    /// After how many failures in a row, of at least three orders, a handler pauses (<c>Worker__PauseAfter</c>): orders wait, and one probe at a time is made.
    /// </summary>
    [SettingRange(1, 10_000, ErrorMessage = "Worker__PauseAfter must be between 1 and 10000.")]
    public int PauseAfter { get; set; } = 10;

    /// <summary>The delay before the first probe of a paused handler (<c>Worker__ProbeDelay</c>); it doubles with each that fails, up to five minutes.</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00.01", "00:05:00", ErrorMessage = "Worker__ProbeDelay must be between 00:00:00.01 and 00:05:00.")]
    public TimeSpan ProbeDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the worker polls, in case a notification was lost (<c>Worker__PollInterval</c>).</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00.01", "00:01:00", ErrorMessage = "Worker__PollInterval must be between 00:00:00.01 and 00:01:00.")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the ledger is compared with what is new at Stripe (<c>Worker__ReconcileInterval</c>).</summary>
    [SettingRange(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Worker__ReconcileInterval must be between 00:00:01 and 1.00:00:00.")]
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How much of the time before the last pass each pass compares again (<c>Worker__ReconcileOverlap</c>).</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "Worker__ReconcileOverlap must be between 00:00:00 and 1.00:00:00.")]
    public TimeSpan ReconcileOverlap { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often all objects that may have changed at Stripe are compared (<c>Worker__ReconcileSweepInterval</c>).</summary>
    [SettingRange(typeof(TimeSpan), "00:00:01", "7.00:00:00", ErrorMessage = "Worker__ReconcileSweepInterval must be between 00:00:01 and 7.00:00:00.")]
    public TimeSpan ReconcileSweepInterval { get; set; } = TimeSpan.FromHours(6);

    /// <summary>The most requests a second that this worker sends to Stripe (<c>Worker__StripeRequestsPerSecond</c>). Reconciliation uses half.</summary>
    [SettingRange(20, 1000, ErrorMessage = "Worker__StripeRequestsPerSecond must be between 20 and 1000.")]
    public int StripeRequestsPerSecond { get; set; } = 20;

    /// <summary>
    /// The fulfillment handlers that this worker's replace (<c>Worker__ReplacesHandlers</c>): their names separated by commas, or <c>none</c>.
    /// The ledger is stamped with the new ones if it has exactly these; otherwise nothing happens.
    /// </summary>
    public string? ReplacesHandlers { get; set; }

    /// <summary>How long handlers may go on when the worker is asked to stop (<c>Worker__StopGrace</c>), before they are canceled and their entries released.</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00", "00:05:00", ErrorMessage = "Worker__StopGrace must be between 00:00:00 and 00:05:00.")]
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The delay before an attempt is repeated: exponential, capped, with equal jitter so that entries that failed together are not retried together.</summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="retryAfter">The least delay that the endpoint has asked for; it is capped too.</param>
    internal TimeSpan DelayAfter(int attempt, TimeSpan retryAfter = default)
    {
        var delay = Capped(RetryDelay * Math.Pow(2, Math.Min(attempt, 40) - 1)) * (0.5 + (Random.Shared.NextDouble() / 2));
        return Capped(retryAfter) is var asked && asked > delay ? Capped(asked * (1 + (Random.Shared.NextDouble() / 10))) : delay;
    }

    /// <summary>A delay, or the longest one if that is shorter.</summary>
    internal TimeSpan Capped(TimeSpan delay) => delay < MaxRetryDelay ? delay : MaxRetryDelay;
}

[OptionsValidator]
internal sealed partial class WorkerOptionsValidator : IValidateOptions<WorkerOptions>;
