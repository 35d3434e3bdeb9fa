using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A stub of Stripe's lists with the test's own objects, of any age and number, on a real Kestrel. It records the requests.</summary>
internal sealed class StripeListStub : IAsyncDisposable
{
    private WebApplication? _app;

    public string Address => _app!.Urls.First();

    /// <summary>The objects of each list by its path, newest first.</summary>
    public ConcurrentDictionary<string, IReadOnlyList<JsonObject>> Lists { get; } = new(StringComparer.Ordinal);

    /// <summary>The answers to single objects by path.</summary>
    public ConcurrentDictionary<string, JsonObject> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether every session and every invoice exists, with two mugs.</summary>
    public bool HasEveryOrder { get; init; }

    public ConcurrentQueue<(string Path, IQueryCollection Query)> Requests { get; } = [];

    /// <summary>Which requests are answered 500.</summary>
    public Func<string, IQueryCollection, bool> Fails { get; set; } = (_, _) => false;

    /// <summary>Which requests for a list find nothing.</summary>
    public Func<string, IQueryCollection, bool> FindsNothing { get; set; } = (_, _) => false;

    /// <summary>Awaited before a request is answered.</summary>
    public Func<string, Task> BeforeAnswer { get; set; } = _ => Task.CompletedTask;

    /// <summary>Answers what is written: by path, with a status. By default everything is accepted.</summary>
    public Func<string, Task<int>> Accept { get; set; } = _ => Task.FromResult(StatusCodes.Status200OK);

    /// <summary>What was written, by path and in the order of arrival.</summary>
    public ConcurrentQueue<string> Writes { get; } = [];

    /// <summary>An id that Stripe does not have, as <c>starting_after</c>.</summary>
    public string Missing { get; set; } = "";

    public static async Task<StripeListStub> StartAsync(bool hasEveryOrder = false)
    {
        var stripe = new StripeListStub { HasEveryOrder = hasEveryOrder };
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        stripe._app = builder.Build();
        stripe._app.MapGet("/v1/{**path}", async (string path, HttpRequest request) =>
        {
            await stripe.BeforeAnswer("/v1/" + path);
            return stripe.Answer("/v1/" + path, request.Query);
        });
        stripe._app.MapPost("/v1/{**path}", (string path) => stripe.WriteAsync("/v1/" + path));
        await stripe._app.StartAsync();
        return stripe;
    }

    /// <summary>A session that this installation sold.</summary>
    public static JsonObject Session(string id, DateTimeOffset created, string paymentStatus = "paid", string intentStatus = "succeeded") => new()
    {
        ["id"] = id,
        ["object"] = "checkout.session",
        ["amount_subtotal"] = 9998,
        ["amount_total"] = 9998,
        ["created"] = created.ToUnixTimeSeconds(),
        ["currency"] = "usd",
        ["livemode"] = false,
        ["metadata"] = new JsonObject { ["source"] = "mcp_server", ["deployment"] = "local", ["order_ref"] = "ref_" + id },
        ["mode"] = "payment",
        ["payment_intent"] = new JsonObject { ["id"] = "pi_" + id, ["object"] = "payment_intent", ["status"] = intentStatus },
        ["payment_status"] = paymentStatus,
        ["status"] = "complete",
    };

    /// <summary>An object with its lines, as <c>expand[]=line_items</c> returns them and invoices have them.</summary>
    public static JsonObject WithLines(JsonObject order, params JsonObject[] lines)
    {
        foreach (var member in new[] { "line_items", "lines" })
        {
            order[member] = new JsonObject
            {
                ["object"] = "list",
                ["data"] = new JsonArray([.. lines.Select(line => line.DeepClone())]),
                ["has_more"] = false,
            };
        }

        return order;
    }

    public int Count(string path) => Requests.Count(request => request.Path == path);

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    private IResult Answer(string path, IQueryCollection query)
    {
        Requests.Enqueue((path, query));
        if (Fails(path, query))
        {
            return Json(new JsonObject { ["error"] = new JsonObject { ["type"] = "api_error" } }, StatusCodes.Status500InternalServerError);
        }

        if (Objects.TryGetValue(path, out var found))
        {
            return Json(found);
        }

        if (HasEveryOrder && path.Split('/') is [_, _, .., "sessions" or "invoices", var id])
        {
            return Json(WithLines(Session(id, TimeProvider.System.GetUtcNow())));
        }

        var isObject = path.Count(character => character == '/') > 2 && !path.EndsWith("/sessions", StringComparison.Ordinal);
        return isObject || (Missing.Length > 0 && query["starting_after"] == Missing)
            ? Json(
                new JsonObject { ["error"] = new JsonObject { ["type"] = "invalid_request_error", ["code"] = "resource_missing" } },
                StatusCodes.Status404NotFound)
            : Json(List(path, query));
    }

    private async Task<IResult> WriteAsync(string path)
    {
        Writes.Enqueue(path);
        return await Accept(path) is var status and >= 400
            ? Json(new JsonObject { ["error"] = new JsonObject { ["type"] = "invalid_request_error", ["code"] = "refused_by_test" } }, status)
            : Json(new JsonObject { ["id"] = path.Split('/')[^1], ["object"] = "checkout.session" });
    }

    private JsonObject List(string path, IQueryCollection query)
    {
        var admitted = (FindsNothing(path, query) ? [] : Lists.GetValueOrDefault(path, []))
            .Where(item => (long)item["created"]! >= Number(query, "created[gte]", 0) && (long)item["created"]! <= Number(query, "created[lte]", long.MaxValue));
        var after = query["starting_after"].ToString();
        var rest = after.Length == 0 ? admitted : admitted.SkipWhile(item => (string)item["id"]! != after).Skip(1);
        var page = rest.Take(101).ToList();
        return new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. page.Take(100).Select(item => item.DeepClone())]),
            ["has_more"] = page.Count > 100,
            ["url"] = path,
        };
    }

    private static long Number(IQueryCollection query, string name, long otherwise) =>
        query[name].ToString() is { Length: > 0 } text ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    private static IResult Json(JsonNode body, int status = StatusCodes.Status200OK) =>
        TypedResults.Text(body.ToJsonString(), "application/json", statusCode: status);
}
