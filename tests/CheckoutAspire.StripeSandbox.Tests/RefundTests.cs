using System.Net;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Refunds through Stripe.net.</summary>
[Trait("loop", "long")]
public sealed class RefundTests : IDisposable
{
    private readonly SandboxServer _sandbox = new();
    private readonly RefundService _refunds;

    public RefundTests() => _refunds = new RefundService(_sandbox.Stripe);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task A_payment_is_refunded_in_parts_until_nothing_is_left()
    {
        var intent = await PaidIntentAsync();

        var part = await _refunds.CreateAsync(
            new RefundCreateOptions { PaymentIntent = intent, Amount = 998, Reason = "requested_by_customer", Metadata = new() { ["case"] = "7" } },
            cancellationToken: Cancellation);
        var partly = await ChargeAsync(intent);
        var rest = await _refunds.CreateAsync(
            new RefundCreateOptions { Charge = partly.Id, Expand = ["charge", "payment_intent"] }, cancellationToken: Cancellation);
        var refusal = await Assert.ThrowsAsync<StripeException>(() => _refunds.CreateAsync(
            new RefundCreateOptions { PaymentIntent = intent }, cancellationToken: Cancellation));

        Assert.Equal((998L, "succeeded", "usd", partly.Id, "7"), (part.Amount, part.Status, part.Currency, part.ChargeId, part.Metadata["case"]));
        Assert.Equal((998L, false), (partly.AmountRefunded, partly.Refunded));
        Assert.Equal((9000L, 9998L, true, "succeeded"), (rest.Amount, rest.Charge.AmountRefunded, rest.Charge.Refunded, rest.PaymentIntent.Status));
        Assert.Equal(("charge_already_refunded", HttpStatusCode.BadRequest), (refusal.StripeError.Code, refusal.HttpStatusCode));
        Assert.Equal(
            ["charge.refunded", "refund.created", "charge.refunded", "refund.created"],
            (await _sandbox.EventTypesAsync()).SkipWhile(type => type != "charge.refunded"));
    }

    [Fact]
    public async Task A_refund_s_event_has_the_previous_attributes()
    {
        var intent = await PaidIntentAsync();
        await _refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = intent }, cancellationToken: Cancellation);

        var recorded = Assert.Single(await new EventService(_sandbox.Stripe).ListAsync(
            new EventListOptions { Type = "charge.refunded" }, cancellationToken: Cancellation));

        var charge = Assert.IsType<Charge>(recorded.Data.Object);
        Assert.Equal((intent, 9998L, true), (charge.PaymentIntentId, charge.AmountRefunded, charge.Refunded));
        Assert.Equal(
            (0, false), ((int)recorded.Data.PreviousAttributes.amount_refunded, (bool)recorded.Data.PreviousAttributes.refunded));
    }

    [Fact]
    public async Task Refunds_are_read_listed_and_marked()
    {
        var first = await _refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = await PaidIntentAsync() }, cancellationToken: Cancellation);
        var second = await _refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = await PaidIntentAsync() }, cancellationToken: Cancellation);

        var marked = await _refunds.UpdateAsync(
            first.Id, new RefundUpdateOptions { Metadata = new() { ["case"] = "8" } }, cancellationToken: Cancellation);

        Assert.Equal("8", (await _refunds.GetAsync(first.Id, cancellationToken: Cancellation)).Metadata["case"]);
        Assert.Equal(first.Id, marked.Id);
        Assert.Equal([second.Id, first.Id], await ListAsync(new RefundListOptions()));
        Assert.Equal([first.Id], await ListAsync(new RefundListOptions { Charge = first.ChargeId }));
        Assert.Equal([second.Id], await ListAsync(new RefundListOptions { PaymentIntent = second.PaymentIntentId }));
        var charges = await new ChargeService(_sandbox.Stripe).ListAsync(
            new ChargeListOptions { PaymentIntent = first.PaymentIntentId, Expand = ["data.refunds"] }, cancellationToken: Cancellation);
        Assert.Equal([first.Id], charges.Data.Single().Refunds.Data.Select(refund => refund.Id));

        async Task<List<string>> ListAsync(RefundListOptions options) =>
            [.. (await _refunds.ListAsync(options, cancellationToken: Cancellation)).Data.Select(refund => refund.Id)];
    }

    [Theory]
    [InlineData("", null, null, "One of the following params should be provided for this request: payment_intent or charge.")]
    [InlineData("charge=ch_none", "resource_missing", "charge", "No such charge: 'ch_none'")]
    [InlineData("payment_intent=pi_none", "resource_missing", "payment_intent", "No such payment_intent: 'pi_none'")]
    [InlineData("charge=CHARGE&payment_intent=INTENT", null, "charge", "You may only specify one of these parameters: charge, payment_intent.")]
    [InlineData("charge=CHARGE&amount=9999", null, "amount", "Refund amount ($99.99) is greater than charge amount ($99.98)")]
    [InlineData("charge=CHARGE&amount=0", "parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")]
    [InlineData("charge=CHARGE&reason=bored", null, "reason", "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer")]
    [InlineData("charge=CHARGE&refunds=2", "parameter_unknown", "refunds", "Received unknown parameter: refunds")]
    [InlineData("charge=CHARGE&reverse_transfer=true", "sandbox_not_simulated", "reverse_transfer", "The local Stripe sandbox does not simulate `reverse_transfer`. Leave it out, or use a test key of a Stripe account.")]
    public async Task A_wrong_refund_is_refused(string form, string? code, string? parameter, string message)
    {
        var intent = await PaidIntentAsync();
        var charge = (await ChargeAsync(intent)).Id;
        form = form.Replace("CHARGE", charge, StringComparison.Ordinal).Replace("INTENT", intent, StringComparison.Ordinal);

        var error = await _sandbox.PostRefusedAsync("/v1/refunds", form);

        Assert.Equal((code, parameter, message), ((string?)error["code"], (string?)error["param"], (string?)error["message"]));
    }

    [Fact]
    public async Task An_unpaid_intent_cannot_be_refunded()
    {
        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session, "4000000000000002");
        var intent = (await _sandbox.GetAsync(session.Id)).PaymentIntentId;

        var refusal = await Assert.ThrowsAsync<StripeException>(() => _refunds.CreateAsync(
            new RefundCreateOptions { PaymentIntent = intent }, cancellationToken: Cancellation));

        Assert.Equal($"This PaymentIntent ({intent}) does not have a successful charge to refund.", refusal.StripeError.Message);
    }

    [Fact]
    public async Task A_pending_refund_is_counted_once_it_succeeds()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sandbox = new SandboxServer([], time);
        var refunds = new RefundService(sandbox.Stripe);
        var intent = await PaidIntentAsync(sandbox, "4000000000007726");

        var pending = await refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = intent, Amount = 998 }, cancellationToken: Cancellation);
        var before = await ChargeAsync(sandbox, intent);
        var tooMuch = await Assert.ThrowsAsync<StripeException>(() => refunds.CreateAsync(
            new RefundCreateOptions { PaymentIntent = intent, Amount = 9001 }, cancellationToken: Cancellation));
        var succeeded = await GetLaterAsync(time, refunds, pending.Id, "succeeded");

        Assert.Equal(("pending", 0L), (pending.Status, before.AmountRefunded));
        Assert.Equal("Refund amount ($90.01) is greater than unrefunded amount on charge ($90.00)", tooMuch.StripeError.Message);
        Assert.Equal((998L, null), ((await ChargeAsync(sandbox, intent)).AmountRefunded, succeeded.FailureReason));
        Assert.Equal(
            ["refund.created", "charge.refunded", "refund.updated", "charge.refund.updated"],
            (await sandbox.EventTypesAsync()).SkipWhile(type => type != "refund.created"));
    }

    [Fact]
    public async Task A_refund_that_fails_later_is_subtracted_from_the_charge()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var sandbox = new SandboxServer([], time);
        var refunds = new RefundService(sandbox.Stripe);
        var intent = await PaidIntentAsync(sandbox, "4000000000005126");

        var refund = await refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = intent }, cancellationToken: Cancellation);
        var before = await ChargeAsync(sandbox, intent);
        var failed = await GetLaterAsync(time, refunds, refund.Id, "failed");
        var after = await ChargeAsync(sandbox, intent);

        Assert.Equal(("succeeded", 9998L, true), (refund.Status, before.AmountRefunded, before.Refunded));
        Assert.Equal(("expired_or_canceled_card", 0L, false), (failed.FailureReason, after.AmountRefunded, after.Refunded));
        Assert.Equal(
            ["charge.refunded", "refund.created", "refund.updated", "charge.refund.updated", "refund.failed"],
            (await sandbox.EventTypesAsync()).SkipWhile(type => type != "charge.refunded"));
        using var shapes = new Shapes(sandbox);
        await Shapes.AssertAsync([await shapes.ReadAsync("/v1/refunds"), .. await shapes.EventsAsync("refund.*"), .. await shapes.EventsAsync("charge.refund.*")]);
    }

    [Fact]
    public async Task Refunds_have_Stripe_s_shape()
    {
        var refund = await _refunds.CreateAsync(new RefundCreateOptions { PaymentIntent = await PaidIntentAsync() }, cancellationToken: Cancellation);
        using var client = _sandbox.Authenticated();
        var specimens = new List<Specimen>();
        foreach (var path in new[] { $"/v1/refunds/{refund.Id}", "/v1/refunds", $"/v1/charges/{refund.ChargeId}", "/v1/charges", "/v1/payment_intents" })
        {
            specimens.Add(StripeTypes.Specimen(path, JsonNode.Parse(await client.GetStringAsync(path, Cancellation))!));
        }

        Assert.Empty(await StripeTypes.CheckAsync(specimens));
    }

    private Task<string> PaidIntentAsync() => PaidIntentAsync(_sandbox, "4242424242424242");

    private static async Task<string> PaidIntentAsync(SandboxServer sandbox, string number)
    {
        var session = await sandbox.CreateAsync();
        await sandbox.PayByCardAsync(session, number);
        return (await sandbox.GetAsync(session.Id)).PaymentIntentId;
    }

    private Task<Charge> ChargeAsync(string intent) => ChargeAsync(_sandbox, intent);

    private static async Task<Charge> ChargeAsync(SandboxServer sandbox, string intent) => (await new PaymentIntentService(sandbox.Stripe).GetAsync(
        intent, new PaymentIntentGetOptions { Expand = ["latest_charge"] }, cancellationToken: Cancellation)).LatestCharge;

    /// <summary>The refund, once it has a status that it gets more than ten seconds later.</summary>
    private static Task<Refund> GetLaterAsync(FakeTimeProvider time, RefundService refunds, string id, string status) => Eventually.GetAsync(
        () =>
        {
            time.Advance(TimeSpan.FromSeconds(11));
            return refunds.GetAsync(id, cancellationToken: Cancellation);
        },
        refund => refund.Status == status,
        Cancellation);
}
