using System.Globalization;

namespace CheckoutAspire.Operations.Status;

/// <summary>A rule whose condition holds.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Text">What is wrong, as a sentence without personal data.</param>
internal sealed record RaisedAlert(string Rule, string Text);

/// <summary>The rules by which operators are alerted. Each is evaluated from one reading of the system's state.</summary>
internal static class AlertRules
{
    public const string OldestOwed = "oldest_owed";
    public const string Held = "held";
    public const string DeadLetters = "dead_letters";
    public const string Signatures = "signature_failures";
    public const string Reconciliation = "reconciliation_late";
    public const string Clock = "clock_set_back";
    public const string Memory = "memory";
    public const string PausedHandler = "handler_paused";

    /// <summary>Memory must fall so far below the threshold before the alert ends: it would otherwise begin and end again and again.</summary>
    private const int MemoryMargin = 5;

    /// <summary>Wrong signatures that are older do not raise an alert: any client can send one, and a quiet shop has no correct one for days.</summary>
    private static readonly TimeSpan s_signaturesFor = TimeSpan.FromHours(1);

    /// <summary>All rules.</summary>
    public static IReadOnlyList<string> All { get; } = [OldestOwed, Held, DeadLetters, Signatures, Reconciliation, Clock, Memory, PausedHandler];

    /// <summary>The rules whose condition holds.</summary>
    /// <param name="status">The state of the system.</param>
    /// <param name="options">The thresholds.</param>
    /// <param name="watchedSince">Since when the rules are evaluated: a list of Stripe that was never read is late from then on.</param>
    /// <param name="isActive">Whether a rule's alert has begun and not ended.</param>
    public static IReadOnlyList<RaisedAlert> Evaluate(SystemStatus status, AlertOptions options, DateTimeOffset watchedSince, Func<string, bool> isActive)
    {
        (string Rule, string? Text)[] rules =
        [
            (OldestOwed, FindOldestOwed(status, options)),
            (Held, Reaches(status.Ledger.Held, options.Held) ? $"{Count(status.Ledger.Held, "order waits", "orders wait")} for an operator's decision." : null),
            (DeadLetters, Reaches(status.Ledger.Dead, options.DeadLetters) ? $"{Count(status.Ledger.Dead, "dead letter waits", "dead letters wait")} for an operator." : null),
            (Signatures, FindSignatures(status, options)),
            (Reconciliation, FindReconciliation(status, options, watchedSince)),
            (Clock, FindClock(status, options)),
            (Memory, FindMemory(status, options, isActive(Memory))),
            (PausedHandler, FindPaused(status, options)),
        ];
        return [.. rules.Where(rule => rule.Text is not null).Select(rule => new RaisedAlert(rule.Rule, rule.Text!))];
    }

    private static string? FindOldestOwed(SystemStatus status, AlertOptions options) =>
        options.OldestOwed > TimeSpan.Zero && status.OldestOwedAge > options.OldestOwed
            ? $"The oldest paid order or event has waited for {Durations.Text(status.OldestOwedAge)}. {Count(status.Ledger.Owed, "order is", "orders are")} owed."
            : null;

    private static string? FindSignatures(SystemStatus status, AlertOptions options) =>
        Reaches(status.Reports.SignatureFailures, options.SignatureFailures) && status.Reports.SignatureFailedAt is { } failed && status.ReadAt - failed < s_signaturesFor
            ? $"{Count(status.Reports.SignatureFailures, "delivery", "deliveries")} to the webhook in a row had a wrong signature. Check STRIPE_WEBHOOK_SECRET."
            : null;

    private static string? FindReconciliation(SystemStatus status, AlertOptions options, DateTimeOffset watchedSince)
    {
        if (options.ReconciliationAge == TimeSpan.Zero)
        {
            return null;
        }

        var (list, since) = status.Reports.Reconciliation
            .Select(report => (List: "Stripe's list of " + report.List, Since: report.PassedAt ?? watchedSince))
            .DefaultIfEmpty((List: "Stripe's lists", Since: watchedSince))
            .MinBy(report => report.Since);
        return status.ReadAt - since > options.ReconciliationAge
            ? $"Reconciliation has not read {list} for {Durations.Text(status.ReadAt - since)}."
            : null;
    }

    private static string? FindClock(SystemStatus status, AlertOptions options) =>
        status.Reports.ClockSetBackAt is { } at && status.ReadAt - at < options.ClockSetBack
            ? $"The clock of a Redis server was set back by {Durations.Text(status.Reports.ClockSetBackBy)}."
            : null;

    private static string? FindMemory(SystemStatus status, AlertOptions options, bool isActive)
    {
        var percent = options.MemoryPercent - (isActive ? MemoryMargin : 0);
        return options.MemoryPercent > 0 && status.Memory is { } memory && memory.Share * 100 >= percent
            ? string.Create(CultureInfo.InvariantCulture, $"Redis uses {memory.Share * 100:0} % of its memory.")
            : null;
    }

    private static string? FindPaused(SystemStatus status, AlertOptions options)
    {
        string[] paused = [.. status.Handlers.Where(handler => handler.PausedAt is not null).Select(handler => handler.Name)];
        return Reaches(paused.Length, options.PausedHandlers)
            ? $"{(paused.Length == 1 ? "The handler" : "The handlers")} {string.Join(", ", paused)} {(paused.Length == 1 ? "is" : "are")} paused, because calls fail."
            : null;
    }

    private static bool Reaches(long value, int threshold) => threshold > 0 && value >= threshold;

    private static string Count(long count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}");
}
