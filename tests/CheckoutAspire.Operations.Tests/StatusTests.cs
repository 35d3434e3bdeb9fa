using CheckoutAspire.Operations.Pages;
using CheckoutAspire.Operations.Status;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace CheckoutAspire.Operations.Tests;

public sealed class StatusTests : OperationsTest
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 26, 12, 0, 30, TimeSpan.Zero);

    [Fact]
    public async Task The_status_has_every_figure_that_operators_ask_for()
    {
        var held = await HoldAsync();
        await DeadLetterAsync(held);
        var (waiting, fulfilled) = ((await Ledger.SellAsync()).SessionId, (await Ledger.SellAsync()).SessionId);
        await Ledger.Transitions.ApplyAsync(LedgerKit.Fact(fulfilled), LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        await Redis.Database.SortedSetAddAsync(Partition.Owed, waiting, TimeProvider.System.GetUtcNow().AddMinutes(-20).ToUnixTimeMilliseconds());
        await Redis.Database.HashSetAsync(Partition.Archived, "orders", 7);
        await Redis.Database.HashSetAsync("co:ledger", "handlers", "ship");
        await Redis.Database.HashSetAsync("co:ledger:handler:ship", [new("failures", 12), new("paused_at", 1_795_600_000_000), new("probe_at", 1_795_600_005_000)]);
        var now = DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        var reports = new ServiceReports(Redis.Connection);
        await reports.AddFulfilledAsync(5);
        await reports.AddSignatureFailuresAsync(2, now);
        await reports.SetPassedAsync("sessions", now);
        await reports.SetFailedAsync("refunds", "401 invalid_api_key", now);
        await reports.AddFindingAsync(new ReportedFinding(now, "sessions", "checkout.session.completed", waiting));
        await reports.SetClockSetBackAsync(TimeSpan.FromMinutes(2), now);

        await using var operations = new OperationsHost(Redis.ConnectionString);
        using var client = Client(operations);
        var status = (await Eventually.GetAsync(() => GetAsync(client, "/ops/status?hours=1"), answer => answer["samples"]!.AsArray().Count > 0, Canceled))["status"]!;

        Assert.Equal((1, 1, 1), ((int)status["ledger"]!["held"]!, (int)status["ledger"]!["dead"]!, (int)status["ledger"]!["owed"]!));
        Assert.InRange((DateTimeOffset)status["read_at"]! - (DateTimeOffset)status["ledger"]!["oldest_owed"]!, TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(30));
        Assert.Equal((1, 7), ((int)status["follow_ups"]!["witnesses"]!, (int)status["follow_ups"]!["archived"]!));
        Assert.NotNull(status["follow_ups"]!["oldest_witness"]);
        Assert.Equal((5, 2), ((int)status["reports"]!["fulfilled"]!, (int)status["reports"]!["signature_failures"]!));
        Assert.Equal(
            [("refunds", null, now, "401 invalid_api_key"), ("sessions", now, null, null)],
            status["reports"]!["reconciliation"]!.AsArray().Select(list => (
                (string?)list!["list"], (DateTimeOffset?)list["passed_at"], (DateTimeOffset?)list["failed_at"], (string?)list["failure"])));
        Assert.Equal(waiting, (string?)status["reports"]!["findings"]![0]!["id"]);
        Assert.Equal("ship", (string?)status["handlers"]![0]!["name"]);
        Assert.NotNull(status["handlers"]![0]!["paused_at"]);
        Assert.Equal("always", (string?)status["durability"]!["append_fsync"]);
        Assert.InRange((long)status["memory"]!["used"]!, 100_000, (long)status["memory"]!["limit"]!);
        await Eventually.GetAsync(
            async () => string.Join(' ', (await GetAsync(client, "/ops/status"))["status"]!["alerts"]!.AsArray().Select(alert => (string)alert!["rule"]!).Order()),
            alerts => alerts == "clock_set_back dead_letters handler_paused held oldest_owed",
            Canceled);
    }

    [Fact]
    public async Task Samples_overwrite_those_of_the_day_before_and_minutes_without_one_are_left_out()
    {
        var samples = new StatusSamples(Redis.Connection);
        await samples.AddAsync(SampleAt(s_now.AddMinutes(-StatusSamples.MaxMinutes), 1));
        await samples.AddAsync(SampleAt(s_now.AddMinutes(-5), 2));
        await samples.AddAsync(SampleAt(s_now, 3));
        await Redis.Database.HashSetAsync("co:ledger:operations:samples", Sample.MinuteOf(s_now.AddMinutes(-1)) % StatusSamples.MaxMinutes, "garbage");

        Assert.Equal([2, 3], (await samples.ReadAsync(s_now, 60)).Select(sample => sample.Owed));
        Assert.Equal([2, 3], (await samples.ReadAsync(s_now, 99_999)).Select(sample => sample.Owed));
        Assert.Empty(await samples.ReadAsync(s_now.AddMinutes(StatusSamples.MaxMinutes), 60));
        Assert.Equal(SampleAt(s_now, 3), (await samples.ReadAsync(s_now, 1)).Single());
        Assert.Equal(3, await Redis.Database.HashLengthAsync("co:ledger:operations:samples"));
    }

    [Fact]
    public async Task With_many_partitions_a_page_costs_as_many_commands_as_with_one()
    {
        var counts = new List<long>();
        foreach (var partitions in new[] { "1", "64" })
        {
            await Redis.Database.ExecuteAsync("FLUSHALL");
            await using var operations = new OperationsHost(Redis.ConnectionString, ("Orders:Partitions", partitions));
            using var client = Client(operations);
            await Eventually.GetAsync(() => Redis.Database.KeyExistsAsync("co:ledger:operations:status"), exists => exists, Canceled);

            // From here on only the pages read: the background has finished what it had begun.
            await operations.Services.GetServices<IHostedService>().OfType<StatusMonitor>().Single().StopAsync(Canceled);
            await Redis.Database.ExecuteAsync("CONFIG", "RESETSTAT");
            for (var i = 0; i < 20; i++)
            {
                await GetAsync(client, "/ops/status?hours=24");
            }

            Assert.Equal(0, await Redis.CountCallsAsync("zcard") + await Redis.CountCallsAsync("scan"));
            counts.Add(await Redis.CountCallsAsync("hmget"));
        }

        Assert.Equal(counts[0], counts[1]);
    }

    [Fact]
    public void Memory_is_forecast_by_the_line_through_the_samples()
    {
        var samples = Enumerable.Range(0, 60).Select(minute => SampleAt(s_now.AddMinutes(minute), 0) with { MemoryBytes = 1_000_000 + (minute * 1000) }).ToArray();

        Assert.Equal(TimeSpan.FromMinutes(1000), Round(Trends.UntilMemoryIsFull(samples, new MemoryFigures(1_059_000, 2_059_000))));
        Assert.Equal(TimeSpan.Zero, Trends.UntilMemoryIsFull(samples, new MemoryFigures(1_059_000, 1_000_000)));
        Assert.Null(Trends.UntilMemoryIsFull(samples, new MemoryFigures(1_059_000, 0)));
        Assert.Null(Trends.UntilMemoryIsFull(samples, null));
        Assert.Null(Trends.UntilMemoryIsFull(samples[..20], new MemoryFigures(1_059_000, 2_059_000)));
        Assert.Null(Trends.UntilMemoryIsFull([.. samples.Select(sample => sample with { MemoryBytes = 5 })], new MemoryFigures(5, 100)));

        static TimeSpan? Round(TimeSpan? time) => time is { } value ? TimeSpan.FromMinutes(Math.Round(value.TotalMinutes)) : null;
    }

    [Fact]
    public void A_chart_s_line_breaks_where_samples_are_missing_and_a_single_sample_is_a_dot()
    {
        var line = ChartLine.Of([(s_now, 0), (s_now.AddMinutes(1), 10), (s_now.AddMinutes(5), 5)], s_now, s_now.AddMinutes(10));

        Assert.Equal("M0 100h0.1L36 0M180 50", line.Path);
        Assert.Equal((10, 5, s_now.AddMinutes(1)), (line.Highest, line.Last, line.HighestAt));
        Assert.Equal("", ChartLine.Of([], s_now, s_now.AddMinutes(10)).Path);
    }

    private static Sample SampleAt(DateTimeOffset at, long owed) => new(at, owed, 1, 2, 3, 4, 5, 6, 7, 8);
}
