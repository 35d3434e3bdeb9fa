using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>A request to Stripe.</summary>
internal sealed record StripeCall(string Method, string Path, string? IdempotencyKey, IReadOnlyDictionary<string, string> Form)
{
    public bool IsCreate => Method == "POST" && Path == "/v1/checkout/sessions";
}

/// <summary>
/// A stub of Stripe's API that can fail on demand, with real HTTP, real forms and Stripe's JSON and headers. It records every call, and answers create,
/// retrieve and list unless a response is scripted.
/// </summary>
internal sealed class StripeStub : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<StripeCall> _calls = new();
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _script = new();
    private readonly ConcurrentDictionary<string, JsonObject> _byKey = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JsonObject> _byId = new(StringComparer.Ordinal);
    private int _ids;

    private StripeStub(WebApplication app) => _app = app;

    public IReadOnlyList<StripeCall> Calls => [.. _calls];

    public IReadOnlyList<StripeCall> Creates => [.. _calls.Where(call => call.IsCreate)];

    public int SessionCount => _byId.Count;

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<StripeStub> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var stub = new StripeStub(app);
        app.Run(stub.AnswerAsync);
        await app.StartAsync();
        return stub;
    }

    /// <summary>Scripts the response to the next call.</summary>
    public void Next(Func<HttpContext, Task> answer) => _script.Enqueue(answer);

    /// <summary>Scripts an error in Stripe's format for the next call.</summary>
    public void NextError(
        int status, string type, string? code = null, string? param = null, string message = "raw words of Stripe", string? header = null, string? value = null) =>
        Next(context =>
        {
            context.Response.StatusCode = status;
            if (header is not null)
            {
                context.Response.Headers[header] = value;
            }

            return context.Response.WriteAsJsonAsync(new { error = new { type, code, param, message } });
        });

    /// <summary>Scripts a declined card for the next call, which is answered when the test completes <c>Answer</c>.</summary>
    /// <returns>A task that completes when the call arrives, and what lets it be answered.</returns>
    public (Task Reached, TaskCompletionSource Answer) DeclineNextLater()
    {
        var (reached, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        Next(async context =>
        {
            reached.SetResult();
            await answer.Task;
            context.Response.StatusCode = 402;
            await context.Response.WriteAsync("""{"error":{"type":"card_error","code":"card_declined"}}""");
        });
        return (reached.Task, answer);
    }

    /// <summary>A session of another program.</summary>
    public string Add(JsonObject session)
    {
        var id = (string)session["id"]!;
        _byId[id] = session;
        return id;
    }

    /// <summary>Changes a session, as Stripe does when the buyer acts.</summary>
    public void Change(string id, Action<JsonObject> change) => change(_byId[id]);

    public JsonObject Session(IReadOnlyDictionary<string, string> form)
    {
        var lines = Enumerable.Range(0, 100).Select(index => $"line_items[{index}]").TakeWhile(line => form.ContainsKey(line + "[quantity]")).ToArray();
        var amount = lines.Sum(line =>
            long.Parse(form[line + "[quantity]"], CultureInfo.InvariantCulture)
            * long.Parse(form.GetValueOrDefault(line + "[price_data][unit_amount]", "1500"), CultureInfo.InvariantCulture));
        var id = string.Create(CultureInfo.InvariantCulture, $"cs_test_stub{Interlocked.Increment(ref _ids):D6}{Guid.NewGuid():N}");
        return new JsonObject
        {
            ["id"] = id,
            ["object"] = "checkout.session",
            ["amount_subtotal"] = amount,
            ["amount_total"] = amount,
            ["client_reference_id"] = form.GetValueOrDefault("client_reference_id"),
            ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["currency"] = form.GetValueOrDefault("line_items[0][price_data][currency]", "usd"),
            ["expires_at"] = long.Parse(form["expires_at"], CultureInfo.InvariantCulture),
            ["livemode"] = false,
            ["metadata"] = new JsonObject(Metadata(form, "metadata[").Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value))),
            ["mode"] = form["mode"],
            ["payment_status"] = "unpaid",
            ["status"] = "open",
            ["url"] = "https://checkout.stripe.example/c/pay/" + id,
            ["line_items"] = form.ContainsKey("expand[0]")
                ? new JsonObject
                {
                    ["object"] = "list",
                    ["has_more"] = false,
                    ["data"] = new JsonArray([.. lines.Select(line => new JsonObject
                    {
                        ["id"] = "li_" + line,
                        ["object"] = "item",
                        ["description"] = "Name of the price's product",
                        ["price"] = new JsonObject { ["id"] = form.GetValueOrDefault(line + "[price]"), ["object"] = "price", ["unit_amount"] = 1500 },
                    })]),
                }
                : null,
        };
    }

    public static Dictionary<string, string> Metadata(IReadOnlyDictionary<string, string> form, string prefix) => form
        .Where(field => field.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(field => field.Key[prefix.Length..^1], field => field.Value, StringComparer.Ordinal);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var form = request.HasFormContentType
            ? (await request.ReadFormAsync()).ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal)
            : [];
        var key = request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } text ? text : null;
        var call = new StripeCall(request.Method, request.Path, key, form);
        if (call.Path == "/v1/account")
        {
            // The service asks in the background. The key of this account is restricted, and may not read it.
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        _calls.Enqueue(call);
        context.Response.Headers["Request-Id"] = "req_stub";

        // A sale of this Price asks for its currency first, so that the script begins with the session.
        if (call.Path == "/v1/prices/price_1Abc")
        {
            await context.Response.WriteAsync("""{ "id": "price_1Abc", "object": "price", "currency": "usd" }""");
        }
        else if (_script.TryDequeue(out var scripted))
        {
            await scripted(context);
        }
        else if (call.IsCreate)
        {
            await CreateAsync(context, call);
        }
        else if (call.Path == "/v1/checkout/sessions")
        {
            await context.Response.WriteAsync(new JsonObject
            {
                ["object"] = "list",
                ["has_more"] = false,
                ["data"] = new JsonArray([.. _byId.Values.Select(session => session.DeepClone())]),
            }.ToJsonString());
        }
        else if (_byId.TryGetValue(call.Path.Split('/').ElementAtOrDefault(4) ?? "", out var session))
        {
            session["status"] = call.Path.EndsWith("/expire", StringComparison.Ordinal) ? "expired" : session["status"]!.DeepClone();
            await context.Response.WriteAsync(session.ToJsonString());
        }
        else
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsJsonAsync(
                new { error = new { type = "invalid_request_error", code = "resource_missing", param = "session", message = "No such checkout.session" } });
        }
    }

    // https://docs.stripe.com/api/idempotent_requests: the same key gives the first answer again.
    private Task CreateAsync(HttpContext context, StripeCall call)
    {
        var session = _byKey.GetOrAdd(call.IdempotencyKey ?? Guid.NewGuid().ToString(), _ => Session(call.Form));
        _byId.TryAdd((string)session["id"]!, session);
        return context.Response.WriteAsync(session.ToJsonString());
    }
}
