using Microsoft.Extensions.Time.Testing;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>The life of a session, as the buyer and the clock change it.</summary>
public sealed class SessionLifecycleTests
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_card_payment_causes_its_events_in_order()
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync();

        await sandbox.PayByCardAsync(session);

        Assert.Equal(
            ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"],
            await sandbox.EventTypesAsync());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("off_session", "payment_method.attached")]
    public async Task A_customer_is_made_before_the_payment_and_keeps_the_card_if_asked(string? usage, params string[] attached)
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync(options =>
        {
            options.CustomerCreation = "always";
            // If it were set to null, Stripe.net would send an empty value.
            options.PaymentIntentData = usage is null ? new() : new() { SetupFutureUsage = usage };
        });

        await sandbox.PayByCardAsync(session);

        Assert.Equal(
            [
                "payment_intent.created", "customer.created", .. attached, "charge.succeeded", "payment_intent.succeeded",
                "checkout.session.completed",
            ],
            await sandbox.EventTypesAsync());
    }

    [Theory]
    [InlineData("4000000000000002", "card_declined", "generic_decline", "issuer_declined")]
    [InlineData("4000000000009995", "card_declined", "insufficient_funds", "issuer_declined")]
    [InlineData("4000000000009987", "card_declined", "lost_card", "issuer_declined")]
    [InlineData("4000000000000069", "expired_card", "expired_card", "issuer_declined")]
    [InlineData("4000000000000127", "incorrect_cvc", "incorrect_cvc", "issuer_declined")]
    [InlineData("4000000000000119", "processing_error", "processing_error", "issuer_declined")]
    [InlineData("4100000000000019", "card_declined", "fraudulent", "blocked")]
    [InlineData("4012888888881881", "card_declined", "test_mode_live_card", "issuer_declined")]
    public async Task A_declined_card_leaves_the_session_open_for_another(string number, string code, string declineCode, string outcome)
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync();

        var refusal = await sandbox.PayByCardAsync(session, number);
        var declined = await new SessionService(sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["payment_intent.latest_charge"] }, cancellationToken: Cancellation);
        var error = declined.PaymentIntent.LastPaymentError;
        var charge = declined.PaymentIntent.LatestCharge;
        await sandbox.PayByCardAsync(session);
        var paid = await sandbox.GetAsync(session.Id);

        Assert.Equal("error", (string?)refusal["result"]);
        Assert.Equal(("open", "unpaid"), (declined.Status, declined.PaymentStatus));
        Assert.Equal((code, declineCode, "card_error"), (error.Code, error.DeclineCode, error.Type));
        Assert.Equal(("failed", outcome), (charge.Status, charge.Outcome.Type));
        Assert.Equal(("complete", "paid", declined.PaymentIntentId), (paid.Status, paid.PaymentStatus, paid.PaymentIntentId));
        Assert.Equal(
            ["payment_intent.created", "charge.failed", "payment_intent.payment_failed", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"],
            await sandbox.EventTypesAsync());
    }

    [Fact]
    public async Task The_highest_risk_is_blocked_before_the_bank_is_asked()
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync();
        await sandbox.PayByCardAsync(session, "4100000000000019");

        var outcome = (await new SessionService(sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["payment_intent.latest_charge"] }, cancellationToken: Cancellation))
            .PaymentIntent.LatestCharge.Outcome;

        Assert.Equal(("not_sent_to_network", "highest", "highest_risk_level"), (outcome.NetworkStatus, outcome.RiskLevel, outcome.Reason));
    }

    [Theory]
    [InlineData("email", "nobody", "email", "Your email is invalid.")]
    [InlineData("cardNumber", "4242424242424241", "cardNumber", "Your card number is invalid.")]
    [InlineData("cardNumber", "4242", "cardNumber", "Your card number is incomplete.")]
    [InlineData("cardExpiry", "12 / 19", "cardExpiry", "Your card's expiration year is invalid.")]
    [InlineData("cardExpiry", "13 / 34", "cardExpiry", "Your card's expiration month is invalid.")]
    [InlineData("cardCvc", "12", "cardCvc", "Your card's security code is incomplete.")]
    [InlineData("billingName", " ", "billingName", "Enter the name of the account holder.")]
    [InlineData("method", "sepa_debit", null, "This payment method is not offered here.")]
    public async Task The_server_checks_the_form_again(string field, string value, string? wrong, string sentence)
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync();
        var form = new Dictionary<string, string>
        {
            ["method"] = "card",
            ["email"] = "a@example.com",
            ["cardNumber"] = "4242 4242 4242 4242",
            ["cardExpiry"] = "12 / 34",
            ["cardCvc"] = "123",
            ["billingName"] = "Ada",
            [field] = value,
        };

        var refusal = await sandbox.PayAsync(session, form);

        Assert.Equal((sentence, wrong), ((string?)refusal["message"], (string?)refusal["field"]));
        Assert.Empty(await sandbox.EventTypesAsync());
    }

    [Fact]
    public async Task A_session_expires_by_itself_at_its_time()
    {
        await using var sandbox = new SandboxServer([], _time);
        var session = await sandbox.CreateAsync(options => options.ExpiresAt = _time.GetUtcNow().UtcDateTime.AddMinutes(31));

        _time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal("open", (await sandbox.GetAsync(session.Id)).Status);
        var expired = await Eventually.GetAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromMinutes(2));
                return sandbox.GetAsync(session.Id);
            },
            current => current.Status == "expired",
            Cancellation);

        Assert.Equal("unpaid", expired.PaymentStatus);
        Assert.Equal(["checkout.session.expired"], await sandbox.EventTypesAsync());
    }

    [Theory]
    [InlineData("AT611904300234573201", "paid", "charge.succeeded", "payment_intent.succeeded", "checkout.session.async_payment_succeeded")]
    [InlineData("IT60 X054 2811 1010 0000 0123 456", "unpaid", "charge.failed", "payment_intent.payment_failed", "checkout.session.async_payment_failed")]
    public async Task A_bank_debit_completes_unpaid_and_is_settled_later(string iban, string status, params string[] settled)
    {
        await using var sandbox = new SandboxServer([], _time);
        var session = await sandbox.CreateAsync(currency: "eur");

        var outcome = await sandbox.PayAsync(session, new { method = "sepa_debit", email = "a@example.com", iban, billingName = "Ada" });
        var pending = await sandbox.GetAsync(session.Id);
        var types = await Eventually.GetAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(11));
                return sandbox.EventTypesAsync();
            },
            types => types.Contains(settled[^1]),
            Cancellation);

        Assert.Equal("redirect", (string?)outcome["result"]);
        Assert.Equal(("complete", "unpaid"), (pending.Status, pending.PaymentStatus));
        Assert.Equal(
            ["payment_intent.created", "payment_intent.processing", "charge.pending", "checkout.session.completed", .. settled], types);
        Assert.Equal(("complete", status), ((await sandbox.GetAsync(session.Id)).Status, (await sandbox.GetAsync(session.Id)).PaymentStatus));
    }

    [Fact]
    public async Task A_subscription_makes_its_customer_its_invoice_and_its_payment()
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync(options =>
        {
            options.Mode = "subscription";
            options.LineItems[0].PriceData.Recurring = new SessionLineItemPriceDataRecurringOptions { Interval = "month" };
            options.SubscriptionData = new SessionSubscriptionDataOptions { Metadata = new() { ["order_ref"] = "s-1" } };
        });

        await sandbox.PayByCardAsync(session);
        var paid = await new SessionService(sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["subscription", "invoice", "customer"] }, cancellationToken: Cancellation);

        Assert.Equal(("complete", "paid"), (paid.Status, paid.PaymentStatus));
        Assert.Null(paid.PaymentIntentId);
        Assert.Equal(("active", "s-1"), (paid.Subscription.Status, paid.Subscription.Metadata["order_ref"]));
        Assert.Equal(("paid", 9998L, "subscription_create"), (paid.Invoice.Status, paid.Invoice.AmountPaid, paid.Invoice.BillingReason));
        Assert.Equal(paid.SubscriptionId, paid.Invoice.Parent.SubscriptionDetails.SubscriptionId);
        Assert.Equal("s-1", paid.Invoice.Parent.SubscriptionDetails.Metadata["order_ref"]);
        Assert.Equal("buyer@example.com", paid.Customer.Email);
        Assert.Equal(
            [
                "payment_intent.created", "customer.created", "payment_method.attached", "customer.subscription.created", "invoice.created",
                "invoice.finalized", "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid", "invoice.payment_succeeded",
                "invoice_payment.paid",
                "checkout.session.completed",
            ],
            await sandbox.EventTypesAsync());
    }

    [Fact]
    public async Task Setup_keeps_the_card_and_takes_no_payment()
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync(options =>
        {
            options.Mode = "setup";
            options.Currency = "usd";
            options.LineItems = null;
        });

        await sandbox.PayByCardAsync(session);
        var complete = await new SessionService(sandbox.Stripe).GetAsync(
            session.Id, new SessionGetOptions { Expand = ["setup_intent"] }, cancellationToken: Cancellation);

        Assert.Equal(("complete", "no_payment_required"), (complete.Status, complete.PaymentStatus));
        Assert.Equal("succeeded", complete.SetupIntent.Status);
        Assert.Null(complete.AmountTotal);
    }

    [Fact]
    public async Task A_free_session_needs_no_card()
    {
        await using var sandbox = new SandboxServer();
        var session = await new SessionService(sandbox.Stripe).CreateAsync(SandboxServer.Mug(unitAmount: 0), cancellationToken: Cancellation);

        var outcome = await sandbox.PayAsync(session, new { method = "none", email = "a@example.com" });

        Assert.Equal("redirect", (string?)outcome["result"]);
        Assert.Equal("no_payment_required", (await sandbox.GetAsync(session.Id)).PaymentStatus);
        Assert.Equal(["checkout.session.completed"], await sandbox.EventTypesAsync());
    }

    [Fact]
    public async Task A_session_is_paid_once_however_often_the_form_is_sent()
    {
        await using var sandbox = new SandboxServer();
        var session = await sandbox.CreateAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => sandbox.PayByCardAsync(session)));

        Assert.Single(outcomes, outcome => (string?)outcome["result"] == "redirect");
        Assert.Equal(9, outcomes.Count(outcome => (string?)outcome["result"] == "closed"));
        Assert.Single(await sandbox.EventTypesAsync(), "charge.succeeded");
    }
}
