using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Stripe;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// Reads a list at Stripe page by page and appends what the ledger does not know. The position is stored after each page, so that the next
/// pass, or another worker, continues where a failure stopped.
/// </summary>
internal sealed partial class ListReading(
    StripeReader stripe,
    ReconciliationCursor cursor,
    LostEventAlerts alerts,
    LedgerServers servers,
    FindingFeed feed,
    WorkerTelemetry telemetry,
    ServiceReports reports,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<ListReading> logger)
{
    /// <summary>How far back a new ledger looks, and any ledger after Stripe's alert: beyond Stripe's retries and its resends of 30 days.</summary>
    private static readonly TimeSpan s_horizon = TimeSpan.FromDays(35);

    /// <summary>Reads the objects that were created since the last pass, with an overlap.</summary>
    public async Task ReadNewAsync(IStripeList list, CancellationToken cancellationToken)
    {
        var position = await cursor.ReadAsync(list.Name);
        var until = time.GetUtcNow() - list.Margin;
        var window = position.Window ?? new ListWindow(
            Later((position.Until ?? until) - options.Value.ReconcileOverlap, until - s_horizon), until, After: "");
        await ReadAsync(list, sweep: false, position with { Window = window }, deadline: DateTimeOffset.MaxValue, cancellationToken);
    }

    /// <summary>
    /// Periodically reads all objects that may have changed since the last sweep; on a new ledger and after Stripe's alert, all objects up
    /// to the horizon. At the deadline the sweep stops, and continues in the next pass.
    /// </summary>
    public async Task SweepAsync(IStripeList list, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var position = await cursor.ReadAsync(list.Name, sweep: true);
        var (now, alertCount) = (time.GetUtcNow(), await alerts.CountAsync());
        var horizon = now - (list.ChangesFor > s_horizon ? list.ChangesFor : s_horizon);
        var window = position.Window;
        if (position.Until is not { } last || position.Alerts != alertCount)
        {
            window = position.Alerts == alertCount && window is not null ? window : new ListWindow(horizon, now, After: "");
        }
        else if (window is null)
        {
            // Another Redis server may lack what the one before knew, and events that were acknowledged do not come again.
            if (now < last + options.Value.ReconcileSweepInterval && !(await servers.FindChangeAsync() > last))
            {
                return;
            }

            window = new ListWindow(Later(last - list.ChangesFor, horizon), now, After: "");
        }

        await ReadAsync(list, sweep: true, position with { Window = window, Alerts = alertCount }, deadline, cancellationToken);
    }

    /// <summary>Compares one object with the ledger. An object that cannot be compared is logged and counted, and stops nothing.</summary>
    /// <exception cref="StripeException">Stripe does not answer: nothing else can be compared now.</exception>
    public async Task CompareAsync(string list, string id, Func<Task<Finding?>> compare)
    {
        try
        {
            if (await compare() is { } finding && await feed.AppendAsync(finding))
            {
                telemetry.CountRepair(list);
                await reports.AddFindingAsync(new ReportedFinding(time.GetUtcNow(), list, finding.Type, finding.Id));
                Log.Appended(logger, finding.Type, finding.Id);
            }
        }
        catch (Exception exception) when (ConcernsOneObject(exception))
        {
            telemetry.CountReconciliationFailure(list, "object");
            Log.Skipped(logger, id, list, StripeReader.Describe(exception));
        }
    }

    private async Task ReadAsync(IStripeList list, bool sweep, ListPosition position, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        while (position.Window is { } window)
        {
            JsonObject page;
            try
            {
                page = await stripe.ListAsync(list.Path, window, cancellationToken);
            }
            catch (StripeException exception) when (window.After.Length > 0 && (int)exception.HttpStatusCode is 400 or 404)
            {
                // Stripe no longer has the object that the page would start after: events are deleted after 30 days.
                position = position with { Window = window with { After = "" } };
                continue;
            }

            var items = (page["data"] as JsonArray ?? throw new JsonException("Stripe's answer is not a list.")).OfType<JsonObject>().ToList();
            foreach (var item in items)
            {
                await CompareAsync(list.Name, item.Text("id") ?? "", () => list.CompareAsync(item, cancellationToken));
            }

            var after = items.Select(item => item.Text("id")).LastOrDefault(id => id is not null);
            position = page.Flag("has_more") && after is not null
                ? position with { Window = window with { After = after } }
                : position with { Window = null, Until = window.Until };
            await cursor.WriteAsync(list.Name, sweep, position);
            if (position.Window is not null && time.GetUtcNow() >= deadline)
            {
                return;
            }
        }
    }

    /// <summary>Whether a failure concerns one object only: Stripe rejects it, it is not what Stripe documents, or its order is unreadable.</summary>
    private static bool ConcernsOneObject(Exception exception) => exception switch
    {
        StripeException stripe => (int)stripe.HttpStatusCode is 400 or 402 or 404,
        RedisServerException or JsonException or InvalidOperationException or FormatException or ArgumentException => true,
        _ => false,
    };

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Reconciliation found {Type} of {Id}, which the ledger did not know.")]
        public static partial void Appended(ILogger logger, string type, string id);

        [LoggerMessage(2, LogLevel.Warning, "Reconciliation skipped {Id} of Stripe's list of {List} ({Error}).")]
        public static partial void Skipped(ILogger logger, string id, string list, string error);
    }
}
