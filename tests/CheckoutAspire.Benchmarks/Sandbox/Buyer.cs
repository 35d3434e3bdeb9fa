using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using CheckoutAspire.Benchmarks.Machine;

namespace CheckoutAspire.Benchmarks.Sandbox;

/// <summary>A shop and its buyer: the shop creates a session with an inline price, as ours does; the buyer sends the page's form.</summary>
internal sealed class Buyer(int port) : IDisposable
{
    private const string Form =
        "mode=payment&success_url=http://localhost/success?session_id={CHECKOUT_SESSION_ID}&cancel_url=http://localhost/cancel"
        + "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=4999"
        + "&line_items[0][price_data][product_data][name]=Red+mug&line_items[0][quantity]=2"
        + "&metadata[source]=mcp_server&metadata[deployment]=bench&payment_intent_data[metadata][source]=mcp_server";

    private const string Card =
        """
        {"method":"card","email":"buyer@example.com","cardNumber":"4242424242424242","cardExpiry":"12 / 34","cardCvc":"123",
         "billingName":"Ada Buyer","billingCountry":"US","billingPostalCode":"10001"}
        """;

    private readonly HttpClient _client = new(new SocketsHttpHandler { ActivityHeadersPropagator = null, UseProxy = false })
    {
        BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")),
    };

    public async Task BuyAsync(SandboxBench.Latencies latencies, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        var created = await CreateAsync(cancellationToken);
        var between = Stopwatch.GetTimestamp();
        var paid = await PayAsync(created.GetProperty("id").GetString()!, cancellationToken);
        if (paid.GetProperty("result").GetString() != "redirect")
        {
            throw new InvalidOperationException($"The sandbox did not take the payment: {paid}");
        }

        latencies.Create.Add(Stopwatch.GetElapsedTime(begun, between).TotalMilliseconds);
        latencies.Pay.Add(Stopwatch.GetElapsedTime(between).TotalMilliseconds);
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonElement> CreateAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/checkout/sessions")
        {
            Content = new StringContent(Form, new MediaTypeHeaderValue("application/x-www-form-urlencoded")),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Services.StripeKey);
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        return await SendAsync(request, cancellationToken);
    }

    private async Task<JsonElement> PayAsync(string id, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/c/pay/{id}")
        {
            Content = new StringContent(Card, new MediaTypeHeaderValue("application/json")),
        };
        return await SendAsync(request, cancellationToken);
    }

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var response = await _client.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"The sandbox answered {(int)response.StatusCode}.");
        }

        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }
}
