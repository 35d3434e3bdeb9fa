using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Tests.Infrastructure;

/// <summary>Collects objects that a sandbox returns and checks them against Stripe's types.</summary>
internal sealed class Shapes(SandboxServer sandbox) : IDisposable
{
    private readonly HttpClient _client = sandbox.Authenticated();

    public void Dispose() => _client.Dispose();

    public static async Task AssertAsync(IReadOnlyList<Specimen> specimens)
    {
        var findings = await StripeTypes.CheckAsync(specimens);
        Assert.True(findings.Count == 0, $"Of {specimens.Count} objects:\n{string.Join('\n', findings)}");
    }

    public async Task<Specimen> ReadAsync(string path) => StripeTypes.Specimen(
        path, (await _client.GetFromJsonAsync<JsonObject>(path, TestContext.Current.CancellationToken))!);

    /// <summary>The events of a type and the objects in them.</summary>
    public async Task<List<Specimen>> EventsAsync(string type)
    {
        var events = (await ReadAsync($"/v1/events?limit=100&type={type}")).Json["data"]!.AsArray();
        return
        [
            .. events.Select(recorded => StripeTypes.Specimen($"event {recorded!["type"]}", recorded.DeepClone())),
            .. events.Select(recorded => StripeTypes.Specimen($"object of {recorded!["type"]}", recorded["data"]!["object"]!.DeepClone())),
        ];
    }

    /// <summary>Checks the session alone, expanded and in a list, every event so far, and every object of an event as it was then and as it is now.</summary>
    public async Task AssertAsync(Session session)
    {
        var path = $"/v1/checkout/sessions/{session.Id}";
        var specimens = new List<Specimen>
        {
            await ReadAsync(path),
            await ReadAsync($"{path}?expand[]=line_items.data.price.product&expand[]=payment_intent.latest_charge&expand[]=customer"
                + "&expand[]=setup_intent.payment_method&expand[]=subscription.latest_invoice"),
            await ReadAsync("/v1/checkout/sessions"),
            await ReadAsync("/v1/events?limit=100"),
        };
        if (session.Mode != "setup")
        {
            specimens.Add(await ReadAsync($"{path}/line_items"));
        }

        var seen = new HashSet<string>();
        foreach (var recorded in specimens[3].Json["data"]!.AsArray())
        {
            specimens.Add(StripeTypes.Specimen($"event {recorded!["type"]}", recorded.DeepClone()));
            var then = recorded["data"]!["object"]!;
            var reference = $"{PathOf((string)then["object"]!)}/{then["id"]}";
            if (seen.Add(reference))
            {
                var now = await ReadAsync(reference);
                specimens.Add(now);
                if ((string?)now.Json["payment_method"] is { } method)
                {
                    specimens.Add(await ReadAsync($"/v1/payment_methods/{method}"));
                }
            }
        }

        await AssertAsync(specimens);
    }

    private static string PathOf(string kind) => kind == "checkout.session" ? "/v1/checkout/sessions" : $"/v1/{kind}s";
}
