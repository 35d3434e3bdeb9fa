using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.TestKit;
using Stripe;

namespace CheckoutAspire.Operations.Tests;

/// <summary>Searches that only Stripe can answer, with the sandbox in its place.</summary>
public sealed class FindTests : OperationsTest
{
    private readonly StripeSide _stripe = new();

    public override async ValueTask DisposeAsync()
    {
        await _stripe.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task An_order_is_found_by_its_charge_refund_event_and_the_buyer_s_address_which_is_not_stored()
    {
        await using var operations = new OperationsHost(Redis.ConnectionString, ("STRIPE_API_BASE", _stripe.Address));
        using var client = Client(operations);
        using var browser = new PageClient(operations.Address);
        using var signedIn = await browser.SignInAsync(OperationsHost.Token, "/orders");
        var session = await _stripe.SellAndPayAsync();
        var foreign = await _stripe.SellAndPayAsync("another");
        await Ledger.SellAsync(session.Id);
        await Ledger.Transitions.ApplyAsync(
            LedgerKit.Fact(session.Id) with { PaymentIntent = session.PaymentIntentId }, LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        await _stripe.ControlAsync($"sessions/{session.Id}/refund");
        var charge = (await new ChargeService(_stripe.Client).ListAsync(new ChargeListOptions { PaymentIntent = session.PaymentIntentId }, cancellationToken: Canceled)).Data[0];
        var refund = (await new RefundService(_stripe.Client).ListAsync(new RefundListOptions { PaymentIntent = session.PaymentIntentId }, cancellationToken: Canceled)).Data[0];
        var events = await new EventService(_stripe.Client).ListAsync(new EventListOptions { Type = "checkout.session.completed" }, cancellationToken: Canceled);
        var completed = events.Data.First(found => ((Stripe.Checkout.Session)found.Data.Object).Id == session.Id);

        foreach (var text in new[] { charge.Id, refund.Id, completed.Id, session.PaymentIntentId, "buyer@example.com" })
        {
            var found = await FindAsync(client, text);
            Assert.Equal((text, session.Id), (text, (string?)Assert.Single(found["data"]!.AsArray())!["id"]));
        }

        using var byForm = await browser.PostAsync("/find", "/orders", ("q", "buyer@example.com"));
        Assert.Equal("/orders/" + session.Id, byForm.Headers.Location!.OriginalString);
        Assert.Contains("searched with the form only", await browser.GetTextAsync("/orders?q=buyer%40example.com"), StringComparison.Ordinal);

        Assert.Empty((await FindAsync(client, "ch_unknown"))["data"]!.AsArray());
        Assert.Empty((await FindAsync(client, foreign.PaymentIntentId))["data"]!.AsArray());
        foreach (var server in Redis.Connection.GetServers())
        {
            await foreach (var key in server.KeysAsync().WithCancellation(Canceled))
            {
                Assert.DoesNotContain("buyer@", key.ToString(), StringComparison.Ordinal);
            }
        }
    }

    private static async Task<JsonObject> FindAsync(HttpClient client, string text)
    {
        using var response = await client.PostAsJsonAsync("ops/find", new { text }, Canceled);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(Canceled))!;
    }
}
