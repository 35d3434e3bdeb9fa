using System.Globalization;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.Worker.Tests;

/// <summary>How passes proceed: pages, cursors, restarts, leases, budgets.</summary>
public sealed class ReconciliationPassTests : WorkerTest
{
    private const string Sessions = "/v1/checkout/sessions";

    private StripeListStub _stripe = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _stripe = await StripeListStub.StartAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_pass_over_65_minutes_of_100_000_sessions_a_day_takes_50_calls()
    {
        // As in docs/fulfillment.md: the previous pass ended five minutes ago, and the overlap is an hour.
        var last = Time.Start.AddMinutes(-5);
        await Cursor.WriteAsync(ReconciliationCursor.Sessions, sweep: false, ListPosition.Start with { Until = last });
        foreach (var list in new[] { ReconciliationCursor.Sessions, "events", "invoices", "refunds", "disputes", "subscriptions" })
        {
            await Cursor.WriteAsync(list, sweep: true, ListPosition.Start with { Until = last });
        }

        _stripe.Lists[Sessions] =
        [
            .. Enumerable.Range(0, 100_000 * 65 / (24 * 60)).Select(number =>
                StripeListStub.Session($"cs_{number}", Time.Start.AddSeconds(-number * 0.864), "unpaid", "requires_payment_method")),
        ];
        foreach (var session in _stripe.Lists[Sessions])
        {
            session["status"] = "open";
        }

        await using var worker = Start(("Worker:ReconcileInterval", "01:00:00"));
        await AwaitPassSinceAsync(Time.Start);

        Assert.Equal(50, await Eventually.GetAsync(() => Task.FromResult(_stripe.Requests.Count(request => request.Path != "/v1/account")), count => count >= 50, Canceled));
        Assert.Equal(46, _stripe.Count(Sessions));
    }

    [Fact]
    public async Task After_a_failure_a_pass_continues_with_the_page_that_failed()
    {
        _stripe.Lists[Sessions] = [.. Enumerable.Range(0, 250).Select(number => StripeListStub.Session($"cs_{number}", Time.Start.AddSeconds(-number)))];
        var failing = true;
        _stripe.Fails = (path, query) => path == Sessions && query["starting_after"] == "cs_99" && Volatile.Read(ref failing);
        await using (var first = Start())
        {
            await Eventually.GetAsync(() => Task.FromResult(first.Warnings.Count), count => count > 0, Canceled);
        }

        Assert.Equal("cs_99", (await Cursor.ReadAsync(ReconciliationCursor.Sessions)).Window!.After);
        Volatile.Write(ref failing, false);
        _stripe.Requests.Clear();

        await using var second = Start();
        await AwaitPassesAsync(1);

        Assert.Equal("cs_99", _stripe.Requests.First(request => request.Path == Sessions).Query["starting_after"]);
        Assert.Equal(250, (await AppendedAsync()).Select(entry => entry.ObjectId).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task After_a_restart_a_pass_reads_from_the_last_one_less_the_overlap()
    {
        await using (Start())
        {
            await AwaitPassesAsync(1);

            // The sweep of a new ledger, which follows the pass, reads from further back. The next worker would go on with one that was cut off.
            await GetAfterPassesAsync(
                () => Cursor.ReadAsync(ReconciliationCursor.Sessions, sweep: true), position => position is { Window: null, Until: not null });
        }

        var until = (await Cursor.ReadAsync(ReconciliationCursor.Sessions)).Until!.Value;

        // A Stripe of its own: the other one may still receive what the first worker has sent.
        await using var stripe = await StripeListStub.StartAsync();
        await using var worker = new ReconcilerHost(Redis.ConnectionString, stripe.Address, Time, ("Worker:ReconcileOverlap", "00:10:00"));
        await AwaitPassesAsync(1);

        Assert.All(stripe.Requests.Where(request => request.Path == Sessions), request => Assert.True(Since(request.Query) >= until.AddMinutes(-10)));
    }

    [Fact]
    public async Task The_cursor_of_an_earlier_worker_is_read()
    {
        var last = DateTimeOffset.FromUnixTimeSeconds(Time.Start.AddHours(-3).ToUnixTimeSeconds());
        await Redis.Database.HashSetAsync("co:ledger", "reconciled_until", last.ToUnixTimeSeconds());

        await using var worker = Start();
        await AwaitPassesAsync(1);

        var request = Assert.Single(_stripe.Requests.Where(request => request.Path == Sessions).Take(1));
        Assert.Equal(last.AddHours(-1), Since(request.Query));
        Assert.DoesNotContain(_stripe.Requests, request => request.Path == Sessions && Since(request.Query) < Time.Start.AddDays(-1));
    }

    [Fact]
    public async Task An_unreadable_cursor_starts_over()
    {
        await Redis.Database.HashSetAsync("co:ledger:reconciliation", "sessions", "nonsense");
        _stripe.Lists[Sessions] = [StripeListStub.Session("cs_1", Time.Start)];

        await using var worker = Start();

        await AwaitAppendedAsync(entry => entry.ObjectId == "cs_1");
    }

    [Fact]
    public async Task A_page_that_would_start_after_an_object_that_Stripe_no_longer_has_starts_over()
    {
        _stripe.Lists[Sessions] = [StripeListStub.Session("cs_1", Time.Start.AddMinutes(-1))];
        await Cursor.WriteAsync(
            ReconciliationCursor.Sessions, sweep: false, ListPosition.Start with { Window = new ListWindow(Time.Start.AddHours(-1), Time.Start, "cs_gone") });
        await Cursor.WriteAsync(ReconciliationCursor.Sessions, sweep: true, ListPosition.Start with { Until = Time.Start.AddDays(1) });
        _stripe.Missing = "cs_gone";

        await using var worker = Start();

        await AwaitAppendedAsync(entry => entry.ObjectId == "cs_1");
    }

    [Fact]
    public async Task Two_workers_read_the_lists_once()
    {
        await using var first = Start(("Worker:ReconcileInterval", "01:00:00"), ("Worker:Lease", "00:01:00"));
        await GetAfterPassesAsync(() => Redis.Database.KeyExistsAsync("co:ledger:reconciling"), exists => exists);
        await using var second = Start(("Worker:ReconcileInterval", "01:00:00"), ("Worker:Lease", "00:00:00.2"));
        await AwaitPassSinceAsync(Time.Start);

        // The second worker has tried to take the lease several times by now.
        var ttl = await Redis.Database.KeyTimeToLiveAsync("co:ledger:reconciling");
        await GetAfterPassesAsync(() => Redis.Database.KeyTimeToLiveAsync("co:ledger:reconciling"), left => left > ttl);
        Assert.Equal(2, _stripe.Count(Sessions));
        Assert.Equal(2, _stripe.Count("/v1/refunds"));
    }

    [Fact]
    public async Task When_the_worker_that_reads_dies_another_takes_over()
    {
        // A dead worker does not renew its lease.
        await Redis.Database.StringSetAsync("co:ledger:reconciling", "dead", TimeSpan.FromSeconds(0.3));
        _stripe.Lists[Sessions] = [StripeListStub.Session("cs_1", Time.Start)];

        await using var worker = Start(("Worker:Lease", "00:00:00.5"));

        await AwaitAppendedAsync(entry => entry.ObjectId == "cs_1");
        Assert.NotEqual("dead", (string?)await Redis.Database.StringGetAsync("co:ledger:reconciling"));
    }

    [Fact]
    public async Task A_worker_that_loses_its_lease_abandons_its_pass_and_reads_when_the_lease_is_free_again()
    {
        var reading = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        _stripe.BeforeAnswer = path => path == Sessions && reading.TrySetResult() ? answer.Task : Task.CompletedTask;
        _stripe.Lists[Sessions] = [StripeListStub.Session("cs_1", Time.Start)];
        await using var worker = Start(("Worker:Lease", "00:00:00.3"));
        await reading.Task.WaitAsync(Canceled);

        await Redis.Database.StringSetAsync("co:ledger:reconciling", "another", TimeSpan.FromSeconds(0.5));

        // Stripe still owes the answer to the first pass. That it was abandoned is no failure.
        await AwaitAppendedAsync(entry => entry.ObjectId == "cs_1");
        Assert.Empty(worker.Warnings);
        answer.SetResult();
    }

    [Fact]
    public async Task After_Stripes_alert_every_list_is_read_back_35_days_once()
    {
        await using var worker = Start();
        await AwaitPassesAsync(2);
        _stripe.Requests.Clear();
        await AwaitPassesAsync(1);
        Assert.DoesNotContain(_stripe.Requests, request => Since(request.Query) < Time.Start.AddDays(-2));

        await new LostEventAlerts(Redis.Connection).AddAsync();
        await AwaitPassesAsync(3);

        foreach (var path in new[] { Sessions, "/v1/events", "/v1/invoices", "/v1/refunds", "/v1/disputes", "/v1/subscriptions" })
        {
            Assert.Single(_stripe.Requests, request => request.Path == path && Since(request.Query) < Time.Start.AddDays(-34));
        }
    }

    [Fact]
    public async Task Five_hundred_debits_that_wait_do_not_starve_one_that_failed()
    {
        var index = new ReconciliationIndex(Redis.Connection, Ledger.Partitions);
        var created = Time.Start.AddDays(-3);
        foreach (var number in Enumerable.Range(0, 500))
        {
            var id = $"cs_{number}";
            _stripe.Objects[$"{Sessions}/{id}"] = StripeListStub.Session(id, created, "unpaid", "processing");
            await index.AddWaitingAsync(id, Time.Start.AddMinutes(-30));
        }

        _stripe.Objects[$"{Sessions}/cs_failed"] = StripeListStub.Session("cs_failed", created, "unpaid", "requires_payment_method");
        await index.AddWaitingAsync("cs_missing", Time.Start.AddMinutes(-29));
        await index.AddWaitingAsync("cs_failed", Time.Start.AddMinutes(-28));

        await using var worker = Start();
        var found = await AwaitAppendedAsync(entry => entry.Type == HandledEvents.AsyncPaymentFailed);

        Assert.Equal("cs_failed", found.ObjectId);
        await Eventually.GetAsync(
            () => Task.FromResult(worker.Warnings.ToArray()), lines => lines.Any(line => line.Contains("cs_missing", StringComparison.Ordinal)), Canceled);
    }

    [Fact]
    public async Task A_pass_asks_for_no_more_than_its_share_of_waiting_debits()
    {
        var index = new ReconciliationIndex(Redis.Connection, Ledger.Partitions);
        foreach (var number in Enumerable.Range(0, 500))
        {
            await index.AddWaitingAsync($"cs_{number}", Time.Start);
        }

        await using var worker = Start(("Worker:ReconcileInterval", "01:00:00"));
        await Eventually.GetAsync(
            () => Task.FromResult(_stripe.Requests.Count(request => request.Path.StartsWith(Sessions + "/", StringComparison.Ordinal))),
            count => count == 200,
            Canceled);

        Assert.Equal(500, await Redis.Database.SortedSetLengthAsync("co:ledger:waiting"));
    }

    [Fact]
    public async Task A_debit_whose_order_was_recorded_from_its_event_is_found_when_it_fails_days_later()
    {
        var session = StripeListStub.Session("cs_1", Time.Start.AddMinutes(-1), "unpaid", "processing");
        _stripe.Lists[Sessions] = [session];
        await using var worker = Start();
        await Eventually.GetAsync(() => Redis.Database.SortedSetLengthAsync("co:ledger:waiting"), length => length == 1, Canceled);

        // Days later the session is in none of the lists that are read.
        _stripe.Lists[Sessions] = [];
        _stripe.Objects[$"{Sessions}/cs_1"] = StripeListStub.Session("cs_1", Time.Start.AddDays(-6), "unpaid", "requires_payment_method");

        await AwaitAppendedAsync(entry => entry is { ObjectId: "cs_1", Type: HandledEvents.AsyncPaymentFailed });
    }

    [Fact]
    public async Task Stripe_is_asked_once_about_the_payment_intent_of_a_foreign_refund()
    {
        _stripe.Lists["/v1/refunds"] =
        [
            new()
            {
                ["id"] = "re_1",
                ["object"] = "refund",
                ["amount"] = 500,
                ["created"] = Time.Start.ToUnixTimeSeconds(),
                ["payment_intent"] = new System.Text.Json.Nodes.JsonObject { ["id"] = "pi_1", ["object"] = "payment_intent" },
                ["status"] = "succeeded",
            },
        ];

        await using var worker = Start();
        await AwaitPassesAsync(3);

        Assert.Equal(1, _stripe.Count("/v1/invoice_payments"));
        Assert.Empty(await AppendedAsync());
    }

    private DateTimeOffset Since(IQueryCollection query) =>
        DateTimeOffset.FromUnixTimeSeconds(query.TryGetValue("created[gte]", out var since) ? long.Parse(since!, CultureInfo.InvariantCulture) : Time.Start.ToUnixTimeSeconds());

    private ReconcilerHost Start(params (string Name, string Value)[] settings) => new(Redis.ConnectionString, _stripe.Address, Time, settings);
}
