using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>What survives a restart, and what the sandbox drops so that it does not grow.</summary>
[Trait("loop", "long")]
public sealed class RestartTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sandbox-");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Keys_endpoints_refunds_and_their_order_survive_a_restart()
    {
        var key = new RequestOptions { IdempotencyKey = "survives" };
        Session first;
        WebhookEndpoint kept;
        Refund refund;
        List<string> listed;
        await using (var before = Start())
        {
            var endpoints = new WebhookEndpointService(before.Stripe);
            kept = await EndpointAsync(endpoints);
            var dropped = await EndpointAsync(endpoints);
            await endpoints.DeleteAsync(dropped.Id, cancellationToken: Cancellation);
            first = await new SessionService(before.Stripe).CreateAsync(SandboxServer.Mug(), key, Cancellation);
            await before.CreateAsync();
            await before.PayByCardAsync(first);
            refund = await new RefundService(before.Stripe).CreateAsync(
                new RefundCreateOptions { PaymentIntent = (await before.GetAsync(first.Id)).PaymentIntentId }, cancellationToken: Cancellation);
            listed = await IdsAsync(before);
        }

        await using var after = Start();
        var replayed = await new SessionService(after.Stripe).CreateAsync(SandboxServer.Mug(), key, Cancellation);
        var mismatch = await Assert.ThrowsAsync<StripeException>(() =>
            new SessionService(after.Stripe).CreateAsync(SandboxServer.Mug(unitAmount: 1000), key, Cancellation));

        Assert.Equal((first.Id, "true"), (replayed.Id, replayed.StripeResponse.Headers.GetValues("Idempotent-Replayed").Single()));
        Assert.Equal("idempotency_error", mismatch.StripeError.Type);
        Assert.Equal([kept.Id], (await new WebhookEndpointService(after.Stripe).ListAsync(cancellationToken: Cancellation)).Data.Select(each => each.Id));
        Assert.Equal(refund.Amount, (await new RefundService(after.Stripe).GetAsync(refund.Id, cancellationToken: Cancellation)).Amount);
        Assert.Equal(listed, await IdsAsync(after));
    }

    [Fact]
    public async Task A_pending_debit_settles_after_a_restart()
    {
        Session session;
        await using (var before = Start(("Sandbox:SettlementDelay", "00:00:01")))
        {
            session = await before.CreateAsync(currency: "eur");
            await before.PayAsync(
                session, new { method = "sepa_debit", email = "a@example.com", iban = "AT611904300234573201", billingName = "Ada" });
        }

        await using var after = Start();
        var settled = await Eventually.GetAsync(() => after.GetAsync(session.Id), current => current.PaymentStatus == "paid", Cancellation);

        Assert.Equal("complete", settled.Status);
    }

    [Fact]
    public async Task The_answers_of_a_buyer_whom_the_bank_asks_survive_a_restart()
    {
        Session session;
        await using (var before = Start())
        {
            session = await before.CreateAsync(AskingSession.Everything, "eur");
            await before.PayAsync(session, AskingSession.Form(session, ("cardNumber", "4000002500003155")));
        }

        await using var after = Start();
        await after.PostAsync(new Uri(session.Url).AbsolutePath + "/challenge", new { authenticated = true });

        var paid = await after.GetAsync(session.Id);
        Assert.Equal(("paid", 5970, "Berlin"), (paid.PaymentStatus, paid.AmountTotal, paid.CollectedInformation.ShippingDetails.Address.City));
        Assert.Equal(("Ada", "ATU12345678", "accepted"), (paid.CustomFields[0].Text.Value, paid.CustomerDetails.TaxIds[0].Value, paid.Consent.TermsOfService));
    }

    [Fact]
    public async Task A_pending_refund_succeeds_and_a_dispute_goes_on_after_a_restart()
    {
        Refund refund;
        Dispute dispute;
        await using (var before = Start(("Sandbox:SettlementDelay", "00:00:01")))
        {
            var session = await before.CreateAsync();
            await before.PayByCardAsync(session, "4000000000007726");
            var intent = (await before.GetAsync(session.Id)).PaymentIntentId;
            refund = await new RefundService(before.Stripe).CreateAsync(
                new RefundCreateOptions { PaymentIntent = intent, Amount = 998 }, cancellationToken: Cancellation);
            var opened = await before.PostFormAsync($"/sandbox/payment_intents/{intent}/dispute", "amount=500");
            dispute = await new DisputeService(before.Stripe).GetAsync((string)opened["id"]!, cancellationToken: Cancellation);
        }

        await using var after = Start();
        var succeeded = await Eventually.GetAsync(
            () => new RefundService(after.Stripe).GetAsync(refund.Id, cancellationToken: Cancellation), current => current.Status == "succeeded", Cancellation);
        var closed = await new DisputeService(after.Stripe).CloseAsync(dispute.Id, cancellationToken: Cancellation);

        Assert.Equal(refund.ChargeId, succeeded.ChargeId);
        Assert.Equal(("lost", 500L, -2000L), (closed.Status, closed.Amount, closed.BalanceTransactions.Single().Net));
    }

    [Fact]
    public async Task A_delivery_to_an_endpoint_of_the_API_goes_on_after_a_restart()
    {
        await using var receiver = await WebhookReceiver.StartAsync(500);
        WebhookEndpoint endpoint;
        await using (var before = Start(("Sandbox:RetryDelays", "10:00:00")))
        {
            endpoint = await EndpointAsync(new WebhookEndpointService(before.Stripe), receiver.Url);
            await before.CreateAsync();
            await receiver.NextAsync("price.created");
        }

        await using var after = Start();
        var again = await receiver.NextAsync("price.created");

        Assert.Equal("price.created", EventUtility.ConstructEvent(again.Body, again.Signature, endpoint.Secret).Type);
    }

    [Fact]
    public async Task A_torn_line_is_skipped()
    {
        Session session;
        await using (var before = Start())
        {
            session = await before.CreateAsync();
        }

        await System.IO.File.AppendAllTextAsync(_directory.GetFiles().Single().FullName, "{\"n\":9,\"kind\":\"Session\",\"entity\":{\"id\":\"cs_t", Cancellation);
        Session second;
        await using (var torn = Start())
        {
            second = await torn.CreateAsync();
        }

        await using var after = Start();
        Assert.Equal("open", (await after.GetAsync(session.Id)).Status);
        Assert.Equal("open", (await after.GetAsync(second.Id)).Status);
    }

    [Fact]
    public async Task However_many_sessions_are_sold_the_sandbox_keeps_the_newest_and_its_size()
    {
        const int kept = 1000;
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var sandbox = Start(("Sandbox:KeptRecords", $"{kept}"), ("SANDBOX_WEBHOOK_URL", receiver.Url));
        var catalog = await new PriceService(sandbox.Stripe).CreateAsync(
            new PriceCreateOptions { Currency = "usd", UnitAmount = 500, ProductData = new PriceProductDataOptions { Name = "Kept" } },
            cancellationToken: Cancellation);
        var first = await sandbox.CreateAsync();
        var forgottenWhileOpen = await sandbox.CreateAsync();
        await sandbox.PayByCardAsync(first);
        var largest = 0;
        Session last = first;
        for (var count = 0; count < 150; count++)
        {
            last = await sandbox.CreateAsync();
            await sandbox.PayByCardAsync(last);
            largest = Math.Max(largest, sandbox.Services.GetRequiredService<SandboxStore>().Counts().Values.Sum());
        }

        Assert.InRange(largest, 100, kept + 200);
        Assert.InRange(_directory.GetFiles().Length, 15, 22);
        Assert.Equal("paid", (await sandbox.GetAsync(last.Id)).PaymentStatus);
        Assert.True((await new PriceService(sandbox.Stripe).GetAsync(catalog.Id, cancellationToken: Cancellation)).Active);
        Assert.Single((await new WebhookEndpointService(sandbox.Stripe).ListAsync(cancellationToken: Cancellation)).Data);
        var gone = await Assert.ThrowsAsync<StripeException>(() => sandbox.GetAsync(first.Id));
        Assert.Equal("resource_missing", gone.StripeError.Code);
        // An open session is expired before it is dropped, so that its event is delivered.
        var expired = await receiver.NextAsync("checkout.session.expired");
        Assert.Contains(forgottenWhileOpen.Id, expired.Body, StringComparison.Ordinal);

        // The results of deliveries are records, too: each may have the oldest ones dropped.
        await Eventually.GetAsync(
            () => new EventService(sandbox.Stripe).ListAsync(new EventListOptions { DeliverySuccess = false }, cancellationToken: Cancellation),
            undelivered => undelivered.Data.Count == 0,
            Cancellation);
        var counts = sandbox.Services.GetRequiredService<SandboxStore>().Counts();
        await sandbox.DisposeAsync();
        await using var after = Start(("Sandbox:KeptRecords", $"{kept}"));
        Assert.Equal("paid", (await after.GetAsync(last.Id)).PaymentStatus);
        Assert.Equal(counts["Session"], after.Services.GetRequiredService<SandboxStore>().Counts()["Session"]);
    }

    [Fact]
    public async Task A_session_that_is_still_in_use_can_be_paid_however_much_else_was_sold()
    {
        await using var sandbox = Start(("Sandbox:KeptRecords", "200"));
        var session = await sandbox.CreateAsync();
        await sandbox.PayByCardAsync(session, "4000000000000002");
        var intent = (await sandbox.GetAsync(session.Id)).PaymentIntentId;

        for (var count = 0; count < 30; count++)
        {
            await sandbox.PayByCardAsync(await sandbox.CreateAsync());
            await new SessionService(sandbox.Stripe).UpdateAsync(
                session.Id, new SessionUpdateOptions { Metadata = new() { ["seen"] = $"{count}" } }, cancellationToken: Cancellation);
        }

        Assert.Equal("redirect", (string?)(await sandbox.PayByCardAsync(session))["result"]);
        var paid = await sandbox.GetAsync(session.Id);
        Assert.Equal(("paid", intent, "29"), (paid.PaymentStatus, paid.PaymentIntentId, paid.Metadata["seen"]));
    }

    private SandboxServer Start(params (string Name, string Value)[] settings)
    {
        var all = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        all["Sandbox:DataDirectory"] = _directory.FullName;
        return new SandboxServer(all);
    }

    private static Task<WebhookEndpoint> EndpointAsync(WebhookEndpointService endpoints, string url = "http://localhost:9/hook") => endpoints.CreateAsync(
        new WebhookEndpointCreateOptions { Url = url, EnabledEvents = ["price.created"] }, cancellationToken: Cancellation);

    private static async Task<List<string>> IdsAsync(SandboxServer sandbox) =>
    [
        .. (await new SessionService(sandbox.Stripe).ListAsync(cancellationToken: Cancellation)).Data.Select(session => session.Id),
        .. (await new EventService(sandbox.Stripe).ListAsync(new EventListOptions { Limit = 100 }, cancellationToken: Cancellation)).Data.Select(recorded => recorded.Id),
    ];
}
