using System.Text;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

/// <summary>Names that must not change: keys in Redis, states, outcomes, metadata at Stripe. Data that is stored under an earlier name would be lost.</summary>
public sealed class NamesTests
{
    [Fact]
    public void A_partition_s_keys()
    {
        var partition = new LedgerPartitions(Options.Create(new OrdersOptions { Partitions = 2 })).All[1];
        RedisKey[] own = [partition.Events, partition.Dead, partition.Journal, partition.Open, partition.Owed, partition.Outbox, partition.Retry, partition.Epoch, partition.Held, partition.Clock, partition.Notices, partition.NoticeLines, partition.NoticesCursor];
        RedisKey[] others =
            [partition.Order("cs_1"), partition.Sold("own_1"), partition.Owned("own_1"), partition.Intent("pi_1"), partition.Renewals("cs_1")];
        Assert.Equal(
            "co:{p1}:events co:{p1}:dead co:{p1}:journal co:{p1}:open co:{p1}:owed co:{p1}:outbox co:{p1}:retry co:{p1}:epoch co:{p1}:held co:{p1}:clock "
            + "co:{p1}:notices co:{p1}:notices:lines co:{p1}:notices:cursor", string.Join(' ', own));
        Assert.Equal(
            "co:{p1}:order:cs_1 co:{p1}:sold:own_1 co:{p1}:owned:own_1 co:{p1}:intent:pi_1 co:{p1}:renewals:cs_1",
            string.Join(' ', others));
        Assert.Equal(
            "co:{p1}:events co:{p1}:signal co:{p1}:signal co:{p1}:released co:{p1}:released co:{p1}:changes",
            $"{partition.EventsName} {partition.Signal} {partition.SignalName} {partition.Released} {partition.ReleasedName} {partition.Changes}");
    }

    [Theory]
    [InlineData(OrderState.Created, "created")]
    [InlineData(OrderState.AwaitingPayment, "awaiting_payment")]
    [InlineData(OrderState.Claimed, "claimed")]
    [InlineData(OrderState.Fulfilled, "fulfilled")]
    [InlineData(OrderState.Failed, "failed")]
    [InlineData(OrderState.Expired, "expired")]
    [InlineData(OrderState.NeedsReview, "needs_review")]
    public void A_state_s_name(OrderState state, string name) => Assert.Equal((name, state), (state.Name(), OrderStateNames.Parse(name)));

    [Fact]
    public void A_name_that_is_not_a_state_is_rejected()
    {
        Assert.Equal("'paid' is not an order state.", Assert.Throws<FormatException>(() => OrderStateNames.Parse("paid")).Message);
        Assert.StartsWith("Not an order state.", Assert.Throws<ArgumentOutOfRangeException>(() => ((OrderState)99).Name()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_outcome_s_name_is_its_own_in_lower_case_with_underscores() => Assert.All(Enum.GetValues<Outcome>(), outcome =>
    {
        var name = string.Concat(outcome.ToString().Select((letter, at) => at > 0 && char.IsUpper(letter) ? "_" + letter : letter.ToString()))
            .ToLowerInvariant();
        Assert.Equal((name, outcome), (outcome.Name(), OutcomeNames.Parse(name)));
    });

    [Theory]
    [InlineData("ok")]
    [InlineData(null)]
    public void A_reply_that_is_not_an_outcome_is_refused(string? reply) => Assert.Equal(
        $"A script of the ledger replied '{reply}'.", Assert.Throws<FormatException>(() => OutcomeNames.Parse(reply)).Message);

    [Theory]
    [InlineData("mcp_server", "local", true)]
    [InlineData("mcp_server", "Local", false)]
    [InlineData("mcp_server", null, false)]
    [InlineData("other", "local", false)]
    [InlineData(null, "local", false)]
    [InlineData(null, null, false)]
    public void Metadata_is_ours_by_its_source_and_its_deployment(string? source, string? deployment, bool ours)
    {
        var metadata = new Dictionary<string, string>();
        if (source is not null)
        {
            metadata["source"] = source;
        }

        if (deployment is not null)
        {
            metadata["deployment"] = deployment;
        }

        Assert.Equal(ours, CheckoutMetadata.IsOurs(metadata, "local"));
        Assert.False(CheckoutMetadata.IsOurs(null, "local"));
    }

    [Fact]
    public void A_caller_may_not_set_the_metadata_that_the_ledger_reads() => Assert.Equal(
        ["deployment", "fulfilled_at", "order_ref", "owner", "product_id", "seal", "source", "traceparent"], CheckoutMetadata.Reserved.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("checkout.session.completed", true, false)]
    [InlineData("checkout.session.async_payment_succeeded", true, false)]
    [InlineData("checkout.session.async_payment_failed", true, false)]
    [InlineData("checkout.session.expired", true, false)]
    [InlineData("charge.refunded", true, true)]
    [InlineData("charge.dispute.created", true, true)]
    [InlineData("charge.dispute.updated", true, true)]
    [InlineData("charge.dispute.closed", true, true)]
    [InlineData("charge.dispute.funds_withdrawn", true, true)]
    [InlineData("charge.dispute.funds_reinstated", true, true)]
    [InlineData("refund.created", true, true)]
    [InlineData("refund.updated", true, true)]
    [InlineData("refund.failed", true, true)]
    [InlineData("charge.refund.updated", true, true)]
    [InlineData("checkout_aspire.order.released", false, false)]
    [InlineData("invoice.paid", true, false)]
    [InlineData("invoice.payment_failed", true, false)]
    [InlineData("customer.subscription.updated", true, false)]
    [InlineData("customer.subscription.deleted", true, false)]
    [InlineData("customer.subscription.created", false, false)]
    [InlineData("checkout_aspire.order.approved", false, false)]
    [InlineData("charge.refund", false, false)]
    [InlineData("", false, false)]
    public void An_event_is_handled_by_its_type(string type, bool handled, bool aboutReturn) => Assert.Equal(
        (handled, aboutReturn), (HandledEvents.Contains(Encoding.UTF8.GetBytes(type)), HandledEvents.IsAboutReturn(type)));

    /// <summary>Stripe sends only what is registered, and lists undelivered events of at most 20 types.</summary>
    [Fact]
    public async Task The_events_to_register_are_those_that_are_handled()
    {
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "going-live.md"), TestContext.Current.CancellationToken);
        var section = document[document.IndexOf("## Events to register", StringComparison.Ordinal)..].Split("\n## ")[0];

        Assert.Equal(
            HandledEvents.FromStripe.Order(StringComparer.Ordinal), section.Split('`').Where((_, at) => at % 2 == 1).Order(StringComparer.Ordinal));
        Assert.InRange(HandledEvents.FromStripe.Count, 1, 20);
    }

    [Fact]
    public void The_fields_of_a_fact_that_is_recorded_are_empty_when_it_does_not_have_them() => Assert.Equal(
        ["order_ref", "", "owner", "", "product_id", "", "client_reference_id", "", "mode", "", "expires_at", "0"],
        LedgerKit.Fact("cs_1").RecordedFields().Select(value => value.ToString()));
}
