using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>Reads what Stripe's API returns, and uses the sandbox's controls.</summary>
internal sealed class StripeReader(HttpClient http, Uri address, string key)
{
    public async Task<JsonObject> GetSessionAsync(string id) => await GetAsync($"/v1/checkout/sessions/{id}");

    /// <summary>The ids of every session, newest first.</summary>
    public async Task<IReadOnlyList<string>> ListSessionsAsync() => Ids(await GetAsync("/v1/checkout/sessions?limit=100"));

    /// <summary>The events about a session, oldest first.</summary>
    public async Task<IReadOnlyList<JsonObject>> ListEventsAsync(string sessionId)
    {
        var events = (await GetAsync("/v1/events?limit=100&type=checkout.session.*"))["data"]!.AsArray();
        return [.. events.Select(item => item!.AsObject()).Where(item => (string?)item["data"]!["object"]!["id"] == sessionId).Reverse()];
    }

    /// <summary>Lets the money of a bank debit arrive.</summary>
    public async Task SettleAsync(string sessionId)
    {
        using var response = await http.PostAsync(new Uri(address, $"/sandbox/sessions/{sessionId}/settle"), content: null, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private async Task<JsonObject> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
    }

    private static IReadOnlyList<string> Ids(JsonObject list)
    {
        Assert.False((bool)list["has_more"]!);
        return [.. list["data"]!.AsArray().Select(item => (string)item!["id"]!)];
    }
}
