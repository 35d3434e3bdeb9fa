using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>
/// The part of Stripe's API that the worker uses: it reads a session, lists sessions and writes its witness to a session's metadata.
/// All other lists are empty. Tests add the sessions themselves, so that they do not have to pay on a hosted page.
/// </summary>
internal sealed class StripeStandIn : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, JsonObject> _sessions = new(StringComparer.Ordinal);
    private readonly LocalEndpoint _endpoint = new();

    public Uri Address => _endpoint.Address;

    /// <summary>Whether sessions are listed. By default they are not, so that reconciliation does not do the work of the events.</summary>
    public bool Lists { get; set; }

    public static async Task<StripeStandIn> StartAsync()
    {
        var stripe = new StripeStandIn();
        await stripe._endpoint.StartAsync(app =>
        {
            app.MapGet("/v1/checkout/sessions", stripe.List);
            foreach (var list in new[] { "/v1/events", "/v1/invoices", "/v1/refunds", "/v1/disputes", "/v1/subscriptions" })
            {
                app.MapGet(list, () => Page(list, []));
            }

            app.MapGet("/v1/checkout/sessions/{id}", stripe.Get);
            app.MapPost("/v1/checkout/sessions/{id}", stripe.UpdateAsync);
        });
        return stripe;
    }

    /// <summary>Adds a session for two mugs at 49.99 USD each.</summary>
    public void Add(string sessionId, string paymentStatus = "paid", string status = "complete", DateTimeOffset? createdAt = null) =>
        _sessions[sessionId] = new JsonObject
        {
            ["id"] = sessionId,
            ["object"] = "checkout.session",
            ["amount_subtotal"] = 9998,
            ["amount_total"] = 9998,
            ["created"] = (createdAt ?? TimeProvider.System.GetUtcNow()).ToUnixTimeSeconds(),
            ["currency"] = "usd",
            ["expires_at"] = TimeProvider.System.GetUtcNow().AddMinutes(31).ToUnixTimeSeconds(),
            ["livemode"] = false,
            ["metadata"] = new JsonObject
            {
                ["product_id"] = "mug",
                ["source"] = "mcp_server",
                ["deployment"] = "local",
                ["order_ref"] = "ref_" + sessionId,
            },
            ["mode"] = "payment",
            ["payment_intent"] = "pi_" + sessionId,
            ["payment_status"] = paymentStatus,
            ["status"] = status,
        };

    /// <summary>The witness that the worker wrote (<c>fulfilled_at</c>), or null.</summary>
    public string? Witness(string sessionId)
    {
        var session = _sessions[sessionId];
        lock (session)
        {
            return (string?)session["metadata"]!["fulfilled_at"];
        }
    }

    /// <summary>Removes the witness, as if the worker had died before it wrote it.</summary>
    public void ForgetWitness(string sessionId)
    {
        var session = _sessions[sessionId];
        lock (session)
        {
            session["metadata"]!.AsObject().Remove("fulfilled_at");
        }
    }

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    private IResult List(string? payment_intent)
    {
        var listed = payment_intent is null
            ? _sessions.Values.Where(_ => Lists)
            : _sessions.Values.Where(session => (string?)session["payment_intent"] == payment_intent);
        return Page("/v1/checkout/sessions", listed.Select(Copy));
    }

    private static IResult Page(string url, IEnumerable<JsonNode> data) => Json(new JsonObject
    {
        ["object"] = "list",
        ["url"] = url,
        ["has_more"] = false,
        ["data"] = new JsonArray([.. data]),
    });

    private IResult Get(string id) => _sessions.TryGetValue(id, out var session) ? Json(Copy(session)) : NotFound(id);

    private async Task<IResult> UpdateAsync(string id, HttpRequest request)
    {
        if (!_sessions.TryGetValue(id, out var session))
        {
            return NotFound(id);
        }

        var form = await request.ReadFormAsync();
        lock (session)
        {
            // metadata[fulfilled_at]=2026-10-01T12:00:00Z
            foreach (var (name, value) in form.Where(field => field.Key.StartsWith("metadata[", StringComparison.Ordinal)))
            {
                session["metadata"]![name["metadata[".Length..^1]] = value.ToString();
            }
        }

        return Json(Copy(session));
    }

    private static JsonNode Copy(JsonObject session)
    {
        lock (session)
        {
            return session.DeepClone();
        }
    }

    private static IResult NotFound(string id) => Json(
        new JsonObject
        {
            ["error"] = new JsonObject
            {
                ["type"] = "invalid_request_error",
                ["code"] = "resource_missing",
                ["message"] = $"No such checkout.session: {id}",
            },
        },
        StatusCodes.Status404NotFound);

    private static IResult Json(JsonNode body, int status = StatusCodes.Status200OK) =>
        TypedResults.Text(body.ToJsonString(), "application/json", statusCode: status);
}
