using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker;

/// <summary>How the worker consumes; section <c>Worker</c>.</summary>
public sealed class WorkerOptions
{
    /// <summary>How long a claim holds without renewal (<c>Worker__Lease</c>): what a killed worker had claimed waits this long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00", ErrorMessage = "Worker__Lease must be between 00:00:00.1 and 01:00:00.")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many entries are under way at once, for each partition (<c>Worker__Concurrency</c>).</summary>
    [Range(1, 10_000, ErrorMessage = "Worker__Concurrency must be between 1 and 10000.")]
    public int Concurrency { get; set; } = 512;

    /// <summary>How often an entry is tried before it goes to the dead letters (<c>Worker__MaxAttempts</c>).</summary>
    [Range(1, 1000, ErrorMessage = "Worker__MaxAttempts must be between 1 and 1000.")]
    public int MaxAttempts { get; set; } = 12;

    /// <summary>The delay after the first failed attempt (<c>Worker__RetryDelay</c>); it doubles with each, with jitter.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "Worker__RetryDelay must be between 00:00:00.001 and 1.00:00:00.")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>No delay is longer (<c>Worker__MaxRetryDelay</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "7.00:00:00", ErrorMessage = "Worker__MaxRetryDelay must be between 00:00:00.001 and 7.00:00:00.")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often the worker looks by itself, in case a notification was lost (<c>Worker__PollInterval</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00", ErrorMessage = "Worker__PollInterval must be between 00:00:00.01 and 00:01:00.")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the ledger is compared with what is new at Stripe (<c>Worker__ReconcileInterval</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Worker__ReconcileInterval must be between 00:00:01 and 1.00:00:00.")]
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How much of what was compared before each pass compares again (<c>Worker__ReconcileOverlap</c>), by the time of creation.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "Worker__ReconcileOverlap must be between 00:00:00 and 1.00:00:00.")]
    public TimeSpan ReconcileOverlap { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often everything that may have changed at Stripe is compared (<c>Worker__ReconcileSweepInterval</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00", ErrorMessage = "Worker__ReconcileSweepInterval must be between 00:00:01 and 7.00:00:00.")]
    public TimeSpan ReconcileSweepInterval { get; set; } = TimeSpan.FromHours(6);

    /// <summary>How many requests a second this worker sends to Stripe at most (<c>Worker__StripeRequestsPerSecond</c>). Reconciliation uses half.</summary>
    [Range(20, 1000, ErrorMessage = "Worker__StripeRequestsPerSecond must be between 20 and 1000.")]
    public int StripeRequestsPerSecond { get; set; } = 20;

    /// <summary>How long handlers may go on when the worker is asked to stop (<c>Worker__StopGrace</c>), before they are canceled and handed over.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00", ErrorMessage = "Worker__StopGrace must be between 00:00:00 and 00:05:00.")]
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The delay before an attempt is repeated: exponential, capped, with equal jitter so that what failed together does not return together.</summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    internal TimeSpan DelayAfter(int attempt)
    {
        var exponential = RetryDelay * Math.Pow(2, Math.Min(attempt, 40) - 1);
        var capped = exponential < MaxRetryDelay ? exponential : MaxRetryDelay;
        return capped * (0.5 + (Random.Shared.NextDouble() / 2));
    }
}

[OptionsValidator]
internal sealed partial class WorkerOptionsValidator : IValidateOptions<WorkerOptions>;
