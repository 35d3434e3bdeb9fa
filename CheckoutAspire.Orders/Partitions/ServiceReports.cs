using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>The passes of reconciliation over one of Stripe's lists.</summary>
/// <param name="List">The list's name.</param>
/// <param name="PassedAt">When a pass last ended without a failure, or null.</param>
/// <param name="FailedAt">When a pass last failed, or null.</param>
/// <param name="Failure">Why it failed, without any of the content, or null.</param>
public sealed record ReconciliationReport(string List, DateTimeOffset? PassedAt, DateTimeOffset? FailedAt, string? Failure);

/// <summary>An object that reconciliation found at Stripe in a state that the ledger did not know.</summary>
/// <param name="At">When it was found.</param>
/// <param name="List">The list that had it.</param>
/// <param name="Type">The type of the event that would have reported it.</param>
/// <param name="Id">The object's id.</param>
public sealed record ReportedFinding(DateTimeOffset At, string List, string Type, string Id);

/// <summary>What the services have reported about themselves.</summary>
/// <param name="Fulfilled">The orders that were fulfilled since the ledger began to count.</param>
/// <param name="SignatureFailures">The deliveries with a wrong signature since the last one with a correct signature.</param>
/// <param name="SignatureFailedAt">When the last of them arrived, or null.</param>
/// <param name="SignatureVerifiedAt">When a delivery with a correct signature last arrived, or null.</param>
/// <param name="ClockSetBackAt">When the clock of a Redis server was last found set back, or null.</param>
/// <param name="ClockSetBackBy">By how much it was set back.</param>
/// <param name="Reconciliation">The passes over each of Stripe's lists, by name.</param>
/// <param name="Findings">The last findings of reconciliation, newest first.</param>
public sealed record ServiceReport(
    long Fulfilled,
    long SignatureFailures,
    DateTimeOffset? SignatureFailedAt,
    DateTimeOffset? SignatureVerifiedAt,
    DateTimeOffset? ClockSetBackAt,
    TimeSpan ClockSetBackBy,
    IReadOnlyList<ReconciliationReport> Reconciliation,
    IReadOnlyList<ReportedFinding> Findings);

/// <summary>
/// What workers and receivers report for the operators' status page and alerts, in one hash and one list of bounded size. Metrics leave a process only with an
/// exporter; these reports reach operators without one.
/// </summary>
/// <remarks>Throws <see cref="RedisException"/> or <see cref="TimeoutException"/> when Redis does not answer.</remarks>
public sealed class ServiceReports(IConnectionMultiplexer redis)
{
    private const int KeptFindings = 20;
    private const string Passed = "passed:";
    private const string Failed = "failed:";

    private static readonly RedisKey s_reports = "co:ledger:reports";
    private static readonly RedisKey s_findings = "co:ledger:reports:findings";

    /// <summary>Adds fulfilled orders to the count.</summary>
    public Task AddFulfilledAsync(long count) => redis.GetDatabase().HashIncrementAsync(s_reports, "fulfilled", count);

    /// <summary>Reports deliveries with a correct signature, which end a series of failures.</summary>
    public Task SetSignatureVerifiedAsync(DateTimeOffset at) =>
        redis.GetDatabase().HashSetAsync(s_reports, [new("signature_verified_at", at.ToUnixTimeMilliseconds()), new("signature_failures", 0)]);

    /// <summary>Adds deliveries whose signature was wrong.</summary>
    public async Task AddSignatureFailuresAsync(long count, DateTimeOffset at)
    {
        var database = redis.GetDatabase();
        await Task.WhenAll(
            database.HashIncrementAsync(s_reports, "signature_failures", count),
            database.HashSetAsync(s_reports, "signature_failed_at", at.ToUnixTimeMilliseconds()));
    }

    /// <summary>Reports that the clock of a Redis server was set back.</summary>
    public Task SetClockSetBackAsync(TimeSpan by, DateTimeOffset at) =>
        redis.GetDatabase().HashSetAsync(s_reports, "clock_set_back", $"{at.ToUnixTimeMilliseconds()} {(long)by.TotalMilliseconds}");

    /// <summary>Reports that a pass over one of Stripe's lists ended without a failure.</summary>
    public Task SetPassedAsync(string list, DateTimeOffset at) => redis.GetDatabase().HashSetAsync(s_reports, Passed + list, at.ToUnixTimeMilliseconds());

    /// <summary>Reports that a pass over one of Stripe's lists failed.</summary>
    public Task SetFailedAsync(string list, string failure, DateTimeOffset at) =>
        redis.GetDatabase().HashSetAsync(s_reports, Failed + list, $"{at.ToUnixTimeMilliseconds()} {failure}");

    /// <summary>Reports what reconciliation found. The last findings are kept.</summary>
    public async Task AddFindingAsync(ReportedFinding finding)
    {
        var database = redis.GetDatabase();
        await Task.WhenAll(
            database.ListLeftPushAsync(s_findings, $"{finding.At.ToUnixTimeMilliseconds()} {finding.List} {finding.Type} {finding.Id}"),
            database.ListTrimAsync(s_findings, 0, KeptFindings - 1));
    }

    /// <summary>Reads all reports, by two commands.</summary>
    public async Task<ServiceReport> ReadAsync()
    {
        var database = redis.GetDatabase();
        var (hash, list) = (database.HashGetAllAsync(s_reports), database.ListRangeAsync(s_findings));
        var fields = (await hash).ToDictionary(field => field.Name.ToString(), field => field.Value.ToString(), StringComparer.Ordinal);
        var clock = fields.GetValueOrDefault("clock_set_back", "").Split(' ');
        return new ServiceReport(
            Number(fields.GetValueOrDefault("fulfilled")) ?? 0,
            Number(fields.GetValueOrDefault("signature_failures")) ?? 0,
            Time(fields.GetValueOrDefault("signature_failed_at")),
            Time(fields.GetValueOrDefault("signature_verified_at")),
            Time(clock[0]),
            TimeSpan.FromMilliseconds(Number(clock[^1]) ?? 0),
            [
                .. fields.Keys.Where(name => name.StartsWith(Passed, StringComparison.Ordinal) || name.StartsWith(Failed, StringComparison.Ordinal))
                    .Select(name => name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..])
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal)
                    .Select(name => ReadReconciliation(name, fields)),
            ],
            [.. (await list).Select(line => line.ToString().Split(' ', 4)).Where(parts => parts.Length == 4 && Number(parts[0]) is not null)
                .Select(parts => new ReportedFinding(Time(parts[0])!.Value, parts[1], parts[2], parts[3]))]);
    }

    private static ReconciliationReport ReadReconciliation(string list, Dictionary<string, string> fields)
    {
        var failed = fields.GetValueOrDefault(Failed + list)?.Split(' ', 2);
        return new ReconciliationReport(list, Time(fields.GetValueOrDefault(Passed + list)), Time(failed?[0]), failed?[^1]);
    }

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTimeOffset? Time(string? text) =>
        Number(text) is { } milliseconds and < 253_402_300_800_000 ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
}
