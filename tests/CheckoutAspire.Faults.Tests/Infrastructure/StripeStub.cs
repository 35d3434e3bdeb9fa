using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>
/// The part of Stripe's API that the worker uses: it reads sessions and invoices, finds them by their payment and subscription, and writes its
/// witness to their metadata. All other lists are empty. Tests add the objects themselves, so that they do not have to pay on a hosted page.
/// </summary>
internal sealed class StripeStub : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, JsonObject> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonObject> _invoices = new(StringComparer.Ordinal);
    private readonly LocalEndpoint _endpoint = new();

    public Uri Address => _endpoint.Address;

    /// <summary>Whether sessions are listed. By default they are not, so that reconciliation does not do the work of the events.</summary>
    public bool Lists { get; set; }

    public static async Task<StripeStub> StartAsync()
    {
        var stripe = new StripeStub();
        await stripe._endpoint.StartAsync(app =>
        {
            app.MapGet("/v1/checkout/sessions", stripe.List);
            foreach (var list in new[] { "/v1/events", "/v1/invoices", "/v1/refunds", "/v1/disputes", "/v1/subscriptions" })
            {
                app.MapGet(list, () => Page(list, []));
            }

            app.MapGet("/v1/checkout/sessions/{id}/line_items", (string id) => stripe._sessions.ContainsKey(id)
                ? Page($"/v1/checkout/sessions/{id}/line_items", [SessionLine()])
                : NotFound(id));
            app.MapGet("/v1/invoice_payments", stripe.ListInvoicePayments);
            app.MapGet("/v1/checkout/sessions/{id}", (string id) => Get(stripe._sessions, id));
            app.MapPost("/v1/checkout/sessions/{id}", (string id, HttpRequest request) => UpdateAsync(stripe._sessions, id, request));
            app.MapGet("/v1/invoices/{id}", (string id) => Get(stripe._invoices, id));
            app.MapPost("/v1/invoices/{id}", (string id, HttpRequest request) => UpdateAsync(stripe._invoices, id, request));
        });
        return stripe;
    }

    /// <summary>Adds a session for two mugs at 49.99 USD each.</summary>
    public void Add(
        string sessionId, string paymentStatus = "paid", string status = "complete", DateTimeOffset? createdAt = null, string? subscription = null) =>
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
            ["mode"] = subscription is null ? "payment" : "subscription",
            ["payment_intent"] = subscription is null ? "pi_" + sessionId : null,
            ["payment_status"] = paymentStatus,
            ["status"] = status,
            ["subscription"] = subscription,
        };

    /// <summary>Adds the paid invoice of a renewal.</summary>
    public void AddInvoice(string invoiceId, string subscription) =>
        _invoices[invoiceId] = Invoice(invoiceId, subscription["sub_".Length..], subscription);

    /// <summary>The paid invoice of a renewal of a subscription that a session began.</summary>
    public static JsonObject Invoice(string invoiceId, string sessionId, string subscription) => new()
    {
        ["id"] = invoiceId,
        ["object"] = "invoice",
        ["amount_paid"] = 9998,
        ["billing_reason"] = "subscription_cycle",
        ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
        ["currency"] = "usd",
        ["lines"] = new JsonObject { ["object"] = "list", ["has_more"] = false, ["data"] = new JsonArray(InvoiceLine()) },
        ["livemode"] = false,
        ["metadata"] = new JsonObject(),
        ["parent"] = new JsonObject
        {
            ["type"] = "subscription_details",
            ["subscription_details"] = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["product_id"] = "mug",
                    ["source"] = "mcp_server",
                    ["deployment"] = "local",
                    ["order_ref"] = "ref_" + sessionId,
                },
                ["subscription"] = subscription,
            },
        },
        ["status"] = "paid",
        ["subtotal"] = 9998,
        ["total"] = 9998,
    };

    /// <summary>The line of every session.</summary>
    private static JsonObject SessionLine() => new()
    {
        ["id"] = "li_1",
        ["object"] = "item",
        ["amount_discount"] = 0,
        ["amount_subtotal"] = 9998,
        ["amount_tax"] = 0,
        ["amount_total"] = 9998,
        ["currency"] = "usd",
        ["description"] = "Red mug",
        ["price"] = new JsonObject
        {
            ["id"] = "price_mug",
            ["object"] = "price",
            ["product"] = "prod_mug",
            ["recurring"] = new JsonObject { ["interval"] = "month" },
            ["unit_amount"] = 4999,
        },
        ["quantity"] = 2,
    };

    /// <summary>The line of every invoice.</summary>
    private static JsonObject InvoiceLine() => new()
    {
        ["id"] = "il_1",
        ["object"] = "line_item",
        ["amount"] = 9998,
        ["currency"] = "usd",
        ["description"] = "2 × Red mug (at $49.99 / month)",
        ["pricing"] = new JsonObject
        {
            ["type"] = "price_details",
            ["price_details"] = new JsonObject { ["price"] = "price_mug", ["product"] = "prod_mug" },
            ["unit_amount_decimal"] = "4999",
        },
        ["quantity"] = 2,
        ["subtotal"] = 9998,
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

    /// <summary>Whether a session or an invoice has its witness.</summary>
    public bool HasWitness(string id)
    {
        var witnessed = _sessions.GetValueOrDefault(id) ?? _invoices[id];
        lock (witnessed)
        {
            return witnessed["metadata"]!["fulfilled_at"] is not null;
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

    /// <summary>Lists sessions: the one that pi_cs_1 paid, or that began the subscription sub_cs_1, is cs_1.</summary>
    private IResult List(string? payment_intent, string? subscription)
    {
        var (member, id) = payment_intent is not null ? ("payment_intent", payment_intent["pi_".Length..])
            : subscription is not null ? ("subscription", subscription["sub_".Length..])
            : ("", "");
        var listed = member.Length == 0 ? _sessions.Values.Where(_ => Lists)
            : _sessions.TryGetValue(id, out var found) && found[member] is not null ? [found]
            : [];
        return Page("/v1/checkout/sessions", listed.Select(Copy));
    }

    /// <summary>The payment of an invoice: the payment intent pi_in_1 paid the invoice in_1.</summary>
    private IResult ListInvoicePayments(HttpRequest request)
    {
        var intent = request.Query["payment[payment_intent]"].ToString();
        return Page("/v1/invoice_payments", intent.StartsWith("pi_", StringComparison.Ordinal) && _invoices.ContainsKey(intent["pi_".Length..])
            ? [new JsonObject { ["id"] = "inpay_" + intent, ["object"] = "invoice_payment", ["invoice"] = intent["pi_".Length..] }]
            : []);
    }

    private static IResult Page(string url, IEnumerable<JsonNode> data) => Json(new JsonObject
    {
        ["object"] = "list",
        ["url"] = url,
        ["has_more"] = false,
        ["data"] = new JsonArray([.. data]),
    });

    private static IResult Get(ConcurrentDictionary<string, JsonObject> objects, string id) =>
        objects.TryGetValue(id, out var found) ? Json(Copy(found)) : NotFound(id);

    private static async Task<IResult> UpdateAsync(ConcurrentDictionary<string, JsonObject> objects, string id, HttpRequest request)
    {
        if (!objects.TryGetValue(id, out var session))
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
                ["message"] = $"No such object: {id}",
            },
        },
        StatusCodes.Status404NotFound);

    private static IResult Json(JsonNode body, int status = StatusCodes.Status200OK) =>
        TypedResults.Text(body.ToJsonString(), "application/json", statusCode: status);
}
