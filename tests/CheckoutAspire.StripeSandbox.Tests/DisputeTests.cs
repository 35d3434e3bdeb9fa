using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Disputes from the first event to the last, by test cards, by evidence and by the sandbox's own operation.</summary>
public sealed class DisputeTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly SandboxServer _sandbox;
    private readonly DisputeService _disputes;

    public DisputeTests()
    {
        _sandbox = new SandboxServer([], _time);
        _disputes = new DisputeService(_sandbox.Stripe);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sandbox.Dispose();

    [Theory]
    [InlineData("4000000000000259", "fraudulent", "needs_response", 1)]
    [InlineData("4000000000002685", "product_not_received", "needs_response", 1)]
    [InlineData("4000000000001976", "general", "warning_needs_response", 0)]
    public async Task A_test_card_s_payment_is_disputed(string number, string reason, string status, int withdrawals)
    {
        var intent = await PaidIntentAsync(number);

        var dispute = await DisputeOfAsync(intent);

        Assert.Equal((reason, status, 9998L, "usd"), (dispute.Reason, dispute.Status, dispute.Amount, dispute.Currency));
        Assert.Equal(withdrawals, dispute.BalanceTransactions.Count);
        Assert.True((await ChargeAsync(dispute)).Disputed);
        Assert.Equal(
            ["checkout.session.completed", "charge.dispute.created", .. Enumerable.Repeat("charge.dispute.funds_withdrawn", withdrawals)],
            (await _sandbox.EventTypesAsync()).SkipWhile(type => type != "checkout.session.completed"));
    }

    [Theory]
    [InlineData("4000000000000259", "winning_evidence", "won", 0L, "updated closed funds_reinstated")]
    [InlineData("4000000000000259", "losing_evidence", "lost", -11498L, "updated closed")]
    [InlineData("4000000000000259", "a receipt", "under_review", -11498L, "updated")]
    [InlineData("4000000000001976", "winning_evidence", "warning_closed", 0L, "updated closed")]
    [InlineData("4000000000001976", "losing_evidence", "warning_closed", 0L, "updated closed")]
    [InlineData("4000000000001976", "escalate_inquiry_evidence", "needs_response", -11498L, "updated updated funds_withdrawn")]
    public async Task Evidence_decides_a_dispute(string number, string evidence, string status, long balance, string events)
    {
        var dispute = await DisputeOfAsync(await PaidIntentAsync(number));
        var before = (await _sandbox.EventTypesAsync()).Count;

        var updated = await _disputes.UpdateAsync(
            dispute.Id,
            new DisputeUpdateOptions { Evidence = new DisputeEvidenceOptions { UncategorizedText = evidence } },
            cancellationToken: Cancellation);

        Assert.Equal((status, balance), (updated.Status, updated.BalanceTransactions.Sum(entry => entry.Net)));
        Assert.Equal((true, 1L), (updated.EvidenceDetails.HasEvidence, updated.EvidenceDetails.SubmissionCount));
        Assert.Equal(
            events.Split(' ').Select(name => $"charge.dispute.{name}"), (await _sandbox.EventTypesAsync()).Skip(before));
    }

    [Theory]
    [InlineData("4000000000000259", "lost")]
    [InlineData("4000000000001976", "warning_closed")]
    public async Task A_dispute_is_closed_once(string number, string status)
    {
        var dispute = await DisputeOfAsync(await PaidIntentAsync(number));

        var closed = await _disputes.CloseAsync(dispute.Id, cancellationToken: Cancellation);
        var error = await Assert.ThrowsAsync<StripeException>(() => _disputes.CloseAsync(dispute.Id, cancellationToken: Cancellation));

        Assert.Equal(status, closed.Status);
        Assert.Equal("This dispute is already closed.", error.StripeError.Message);
        Assert.Equal("charge.dispute.closed", (await _sandbox.EventTypesAsync())[^1]);
    }

    [Fact]
    public async Task Evidence_can_be_saved_without_being_submitted()
    {
        var dispute = await DisputeOfAsync(await PaidIntentAsync("4000000000000259"));

        var saved = await _disputes.UpdateAsync(
            dispute.Id,
            new DisputeUpdateOptions
            {
                Evidence = new DisputeEvidenceOptions { UncategorizedText = "winning_evidence" },
                Metadata = new() { ["case"] = "7" },
                Submit = false,
            },
            cancellationToken: Cancellation);

        Assert.Equal(("needs_response", "winning_evidence", "7"), (saved.Status, saved.Evidence.UncategorizedText, saved.Metadata["case"]));
    }

    [Fact]
    public async Task Any_payment_can_be_disputed_in_part_and_twice()
    {
        var intent = await PaidIntentAsync("4242424242424242");
        var other = await PaidIntentAsync("4242424242424242");

        var first = await _sandbox.PostFormAsync($"/sandbox/payment_intents/{intent}/dispute", "amount=500&reason=duplicate");
        var second = await _sandbox.PostFormAsync($"/sandbox/payment_intents/{intent}/dispute", "inquiry=true");
        await _sandbox.PostFormAsync($"/sandbox/payment_intents/{other}/dispute", "");
        var listed = await _disputes.ListAsync(new DisputeListOptions { PaymentIntent = intent }, cancellationToken: Cancellation);
        var byCharge = await _disputes.ListAsync(new DisputeListOptions { Charge = listed.Data[0].ChargeId }, cancellationToken: Cancellation);

        Assert.Equal((500L, "duplicate"), ((long?)first["amount"], (string?)first["reason"]));
        Assert.Equal("warning_needs_response", (string?)second["status"]);
        Assert.Equal([(string?)second["id"], (string?)first["id"]], listed.Data.Select(dispute => dispute.Id));
        Assert.Equal(listed.Data.Select(dispute => dispute.Id), byCharge.Data.Select(dispute => dispute.Id));
        Assert.Equal(3, (await _disputes.ListAsync(cancellationToken: Cancellation)).Data.Count);
    }

    [Theory]
    [InlineData("amount=0", "The amount must be between 1 and 9998.")]
    [InlineData("amount=9999", "The amount must be between 1 and 9998.")]
    [InlineData("reasons=x", "Received unknown parameter: reasons")]
    public async Task A_wrong_dispute_is_refused(string form, string message)
    {
        var intent = await PaidIntentAsync("4242424242424242");

        var error = await _sandbox.PostRefusedAsync($"/sandbox/payment_intents/{intent}/dispute", form);

        Assert.Equal(message, (string?)error["message"]);
    }

    [Fact]
    public async Task A_payment_that_failed_cannot_be_disputed()
    {
        var intent = await PaidIntentAsync("4000000000000002");

        var error = await _sandbox.PostRefusedAsync($"/sandbox/payment_intents/{intent}/dispute", "");

        Assert.Equal($"This PaymentIntent ({intent}) does not have a successful charge to dispute.", (string?)error["message"]);
    }

    [Fact]
    [Trait("loop", "long")]
    public async Task Disputes_have_Stripe_s_shape()
    {
        using var shapes = new Shapes(_sandbox);
        foreach (var (number, evidence) in new[]
        {
            ("4000000000000259", "winning_evidence"), ("4000000000002685", "losing_evidence"), ("4000000000001976", "escalate_inquiry_evidence"),
        })
        {
            var dispute = await DisputeOfAsync(await PaidIntentAsync(number));
            await _disputes.UpdateAsync(
                dispute.Id,
                new DisputeUpdateOptions { Evidence = new DisputeEvidenceOptions { UncategorizedText = evidence } },
                cancellationToken: Cancellation);
        }

        await Shapes.AssertAsync(
        [
            await shapes.ReadAsync("/v1/disputes?expand[]=data.charge&expand[]=data.payment_intent"),
            .. await shapes.EventsAsync("charge.dispute.*"),
        ]);
    }

    private async Task<string> PaidIntentAsync(string number)
    {
        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session, number);
        return (await _sandbox.GetAsync(session.Id)).PaymentIntentId;
    }

    /// <summary>The dispute that a payment's test card causes soon after.</summary>
    private async Task<Dispute> DisputeOfAsync(string intent) => (await Eventually.GetAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromMilliseconds(500));
            return _disputes.ListAsync(new DisputeListOptions { PaymentIntent = intent }, cancellationToken: Cancellation);
        },
        disputes => disputes.Data.Count > 0,
        Cancellation)).Data[0];

    private Task<Charge> ChargeAsync(Dispute dispute) => new ChargeService(_sandbox.Stripe).GetAsync(dispute.ChargeId, cancellationToken: Cancellation);
}
