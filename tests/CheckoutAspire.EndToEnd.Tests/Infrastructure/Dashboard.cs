using System.Diagnostics;
using System.Net;
using System.Text.Json;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>A span as the dashboard received it.</summary>
internal sealed record Span(
    string Resource, string TraceId, string SpanId, string ParentSpanId, string Name, ActivityKind Kind, IReadOnlyDictionary<string, string> Attributes)
{
    /// <summary>The Checkout Session that the span is about.</summary>
    public string? SessionId => Attributes.GetValueOrDefault("messaging.message.conversation_id");
}

/// <summary>The telemetry API of Aspire's dashboard, which returns OTLP JSON.</summary>
internal sealed class Dashboard(HttpClient http, Uri address, string apiKey)
{
    /// <summary>The spans that match the filters of a query, for example <c>resource=worker&amp;traceId=…</c>; all spans without one.</summary>
    public async Task<IReadOnlyList<Span>> SpansAsync(string query = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address, $"/api/telemetry/spans?limit=100000&{query}"));
        request.Headers.Add("x-api-key", apiKey);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        if (response.StatusCode is HttpStatusCode.NotFound)
        {
            // The resource has not sent any telemetry yet.
            return [];
        }

        // {"data":{"resourceSpans":[{"resource":{"attributes":[…]},"scopeSpans":[{"spans":[{"traceId":"…","spanId":"…","kind":5,…}]}]}]},…}
        await using var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var document = await JsonDocument.ParseAsync(body, cancellationToken: TestContext.Current.CancellationToken);
        return
        [
            .. from resource in Items(document.RootElement.GetProperty("data"), "resourceSpans")
               let name = AttributesOf(resource.GetProperty("resource"))["service.name"]
               from scope in Items(resource, "scopeSpans")
               from span in Items(scope, "spans")
               select Read(name, span),
        ];
    }

    /// <summary>Waits for a span that meets a condition. The services send their spans every second.</summary>
    public async Task<Span> FindSpanAsync(Func<Span, bool> condition, string query = "") => (await Eventually.GetAsync(
        async () => (await SpansAsync(query)).FirstOrDefault(condition),
        span => span is not null,
        TestContext.Current.CancellationToken))!;

    private static Span Read(string resource, JsonElement span) => new(
        resource,
        Text(span, "traceId"),
        Text(span, "spanId"),
        Text(span, "parentSpanId"),
        Text(span, "name"),
        // SPAN_KIND_INTERNAL is 1; ActivityKind.Internal is 0.
        (ActivityKind)(span.GetProperty("kind").GetInt32() - 1),
        AttributesOf(span));

    private static Dictionary<string, string> AttributesOf(JsonElement element) => Items(element, "attributes")
        .DistinctBy(attribute => Text(attribute, "key"))
        .ToDictionary(
            attribute => Text(attribute, "key"),
            attribute => attribute.GetProperty("value").EnumerateObject().Select(value => value.Value.ToString()).FirstOrDefault(""));

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var items) && items.ValueKind is JsonValueKind.Array ? items.EnumerateArray() : [];
}
