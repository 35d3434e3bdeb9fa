using CheckoutAspire.Operations.Status;
using CheckoutAspire.Orders.Partitions;

namespace CheckoutAspire.Operations.Tests;

public sealed class AlertRulesTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_watchedSince = s_now.AddDays(-1);
    private static readonly SystemStatus s_quiet = new()
    {
        ReadAt = s_now,
        Ledger = new LedgerFigures(0, 0, 0, 0, 0, 0, null),
        FollowUps = new FollowUpStatus(0, null, 0, 0),
        Reports = new ServiceReport(0, 0, null, null, null, TimeSpan.Zero, [new("sessions", s_now.AddMinutes(-1), null, null)], []),
        Handlers = [new HandlerStatus("ship", 0, null, null)],
        Durability = null,
        Memory = new MemoryFigures(10, 100),
    };

    [Fact]
    public void A_quiet_system_raises_no_alert() => Assert.Empty(Raise(s_quiet));

    [Fact]
    public void The_oldest_owed_order_raises_an_alert_after_ten_minutes()
    {
        Assert.Empty(Raise(s_quiet with { Ledger = s_quiet.Ledger with { Owed = 1, OldestOwed = s_now.AddMinutes(-10) } }));
        Assert.Equal(
            [new RaisedAlert("oldest_owed", "The oldest paid order or event has waited for 11 minutes. 1 order is owed.")],
            Raise(s_quiet with { Ledger = s_quiet.Ledger with { Owed = 1, OldestOwed = s_now.AddMinutes(-11) } }));
    }

    [Fact]
    public void Holds_dead_letters_and_paused_handlers_raise_alerts_from_the_first_one_on() => Assert.Equal(
        [
            new RaisedAlert("held", "2 orders wait for an operator's decision."),
            new RaisedAlert("dead_letters", "1 dead letter waits for an operator."),
            new RaisedAlert("handler_paused", "The handler ship is paused, because calls fail."),
        ],
        Raise(s_quiet with { Ledger = s_quiet.Ledger with { Held = 2, Dead = 1 }, Handlers = [new HandlerStatus("ship", 12, s_now, s_now)] }));

    [Fact]
    public void Wrong_signatures_raise_an_alert_unless_a_correct_one_came_or_they_are_old()
    {
        var failing = s_quiet with { Reports = s_quiet.Reports with { SignatureFailures = 3, SignatureFailedAt = s_now.AddMinutes(-5) } };
        Assert.Equal(
            [new RaisedAlert("signature_failures", "3 deliveries to the webhook in a row had a wrong signature. Check STRIPE_WEBHOOK_SECRET.")], Raise(failing));
        Assert.Empty(Raise(failing with { Reports = failing.Reports with { SignatureFailures = 0 } }));
        Assert.Empty(Raise(failing with { Reports = failing.Reports with { SignatureFailedAt = s_now.AddHours(-1) } }));
    }

    [Fact]
    public void A_list_that_reconciliation_does_not_read_raises_an_alert_also_if_it_was_never_read()
    {
        Assert.Equal(
            [new RaisedAlert("reconciliation_late", "Reconciliation has not read Stripe's list of refunds for 31 minutes.")],
            Raise(s_quiet with { Reports = s_quiet.Reports with { Reconciliation = [.. s_quiet.Reports.Reconciliation, new("refunds", s_now.AddMinutes(-31), s_now, "401")] } }));
        Assert.Equal(
            [new RaisedAlert("reconciliation_late", "Reconciliation has not read Stripe's lists for 1 day.")],
            Raise(s_quiet with { Reports = s_quiet.Reports with { Reconciliation = [] } }));
        Assert.Empty(AlertRules.Evaluate(s_quiet with { Reports = s_quiet.Reports with { Reconciliation = [] } }, new AlertOptions(), s_now.AddMinutes(-5), _ => false));
    }

    [Fact]
    public void A_clock_that_was_set_back_raises_an_alert_for_an_hour()
    {
        var set = s_quiet with { Reports = s_quiet.Reports with { ClockSetBackAt = s_now.AddMinutes(-59), ClockSetBackBy = TimeSpan.FromMinutes(90) } };
        Assert.Equal([new RaisedAlert("clock_set_back", "The clock of a Redis server was set back by 1 hour 30 minutes.")], Raise(set));
        Assert.Empty(Raise(set with { Reports = set.Reports with { ClockSetBackAt = s_now.AddMinutes(-61) } }));
    }

    [Fact]
    public void Memory_raises_an_alert_at_the_threshold_which_lasts_until_there_is_some_room()
    {
        Assert.Equal([new RaisedAlert("memory", "Redis uses 80 % of its memory.")], Raise(s_quiet with { Memory = new MemoryFigures(80, 100) }));
        var less = s_quiet with { Memory = new MemoryFigures(76, 100) };
        Assert.Empty(Raise(less));
        Assert.Equal("memory", Assert.Single(AlertRules.Evaluate(less, new AlertOptions(), s_watchedSince, rule => rule == "memory")).Rule);
        Assert.Empty(AlertRules.Evaluate(s_quiet with { Memory = new MemoryFigures(74, 100) }, new AlertOptions(), s_watchedSince, rule => rule == "memory"));
        Assert.Empty(Raise(s_quiet with { Memory = new MemoryFigures(80, 0) }));
    }

    [Fact]
    public void Zero_switches_a_rule_off() => Assert.Empty(AlertRules.Evaluate(
        s_quiet with
        {
            Ledger = new LedgerFigures(9, 0, 0, 9, 9, 9, s_now.AddDays(-9)),
            Reports = new ServiceReport(0, 9, s_now, null, s_now, TimeSpan.FromHours(1), [], []),
            Handlers = [new HandlerStatus("ship", 12, s_now, s_now)],
            Memory = new MemoryFigures(100, 100),
        },
        new AlertOptions
        {
            OldestOwed = TimeSpan.Zero,
            Held = 0,
            DeadLetters = 0,
            SignatureFailures = 0,
            ReconciliationAge = TimeSpan.Zero,
            ClockSetBack = TimeSpan.Zero,
            MemoryPercent = 0,
            PausedHandlers = 0,
        },
        s_watchedSince,
        _ => false));

    private static IReadOnlyList<RaisedAlert> Raise(SystemStatus status) => AlertRules.Evaluate(status, new AlertOptions(), s_watchedSince, _ => false);
}
