using System.Globalization;
using System.Text;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests.Hostile;

/// <summary>Generates hostile requests for every service, the same ones for the same seed.</summary>
internal sealed class HostileRequests(int seed)
{
    public const string McpApi = "CheckoutAspire.McpApi";
    public const string Sandbox = "CheckoutAspire.StripeSandbox";

    private static readonly string[] s_services = [McpApi, Installation.Receiver, Installation.Worker, Installation.Operations, Sandbox];

    private static readonly Dictionary<string, string[]> s_paths = new(StringComparer.Ordinal)
    {
        [McpApi] =
        [
            "/mcp", "/mcp", "/mcp", "/mcp/", "/", "/health", "/checkout/success?session_id=cs_test_a", "/checkout/cancel", "/checkout/state",
            "/pay/0123456789abcdefghjk", "/.well-known/oauth-protected-resource/mcp", "/ucp/mcp", "/.well-known/ucp",
        ],
        [Installation.Receiver] = ["/webhook/stripe", "/webhook/stripe", "/webhook/stripe", "/webhook/stripe/", "/", "/alive"],
        [Installation.Worker] = ["/", "/health"],
        [Installation.Operations] =
        [
            "/ops/owed", "/ops/needs_review?after=x&limit=-1", "/ops/dead?since=x", "/ops/dead?matching=%00&limit=99999999999", "/ops/handlers",
            "/ops/orders/cs_test_a/approve", "/ops/orders/cs_test_a/reject", "/ops/dead/redrive", "/ops/dead/dismiss", "/ops/dead/0/1-0/redrive",
            "/ops/dead/99999999999/x/dismiss", "/ops/buyers/forget", "/", "/health", "/sign-in", "/sign-out", "/orders?q=%00", "/dead/0/1-0/redrive", "/orders/a/approve",
        ],
        [Sandbox] =
        [
            "/v1/checkout/sessions", "/v1/checkout/sessions/cs_test_a/expire", "/v1/checkout/sessions?limit=x&created[gte]=y", "/v1/prices", "/v1/products",
            "/v1/customers", "/v1/payment_intents", "/v1/refunds", "/v1/coupons", "/v1/promotion_codes", "/v1/webhook_endpoints", "/v1/events?type=x",
            "/v1/account", "/v1/invoices", "/v1/subscriptions", "/v1/stripecli/sessions", "/sandbox", "/sandbox/state", "/sandbox/events",
            "/sandbox/sessions/cs_test_a/pay", "/sandbox/refunds/re_1/succeed", "/c/pay/cs_test_a", "/c/pay/cs_test_a/promotion", "/c/assets/pay.css", "/",
        ],
    };

    private static readonly string[] s_names =
    [
        "jsonrpc", "id", "method", "params", "name", "arguments", "_meta", "progressToken", "cursor", "uri", "protocolVersion", "capabilities", "clientInfo",
        "session_id", "product_name", "price_cents", "quantity", "line_items", "metadata", "currency", "reason", "hold", "unpaid", "type", "data", "object",
        "price_data", "unit_amount", "product_data", "mode", "success_url", "cancel_url", "expires_at", "customer_email", "amount", "payment_intent", "created",
        "livemode", "account", "api_version", "items", "url", "enabled_events", "email", "method", "code",
    ];

    private static readonly string[] s_methods =
    [
        "initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/read", "resources/subscribe", "prompts/list", "completion/complete",
        "logging/setLevel", "notifications/cancelled", "notifications/initialized", "subscriptions/listen", "server/discover", "tools/call ", "constructor",
    ];

    private static readonly string[] s_tools =
        ["initiate_checkout", "get_checkout", "wait_for_payment", "cancel_checkout", "list_checkouts", "list_products", "delete_everything"];

    private static readonly string[] s_headers =
    [
        "Accept", "Accept-Language", "Authorization", "Content-Encoding", "Content-Type", "Cookie", "Expect", "If-None-Match", "Idempotency-Key", "Last-Event-ID",
        "Mcp-Protocol-Version", "Mcp-Session-Id", "Origin", "Range", "Stripe-Account", "Stripe-Signature", "Stripe-Version", "Traceparent", "Upgrade",
        "X-Api-Key", "X-Forwarded-For", "X-Http-Method-Override",
    ];

    private static readonly string[] s_verbs = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "QUERY", "get", "X\u00ff", "POST\t"];

    private readonly Random _random = new(seed);
    private readonly HostileText _text = new(new Random(seed + 1));

    /// <summary>Requests that were answered 500 before, each at the service that did so.</summary>
    public static IEnumerable<HostileRequest> Known()
    {
        const string TooLargeChunk = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n";
        const string Key = $"Authorization: Bearer {StripeSecretKey.Sandbox}\r\n";
        const string Batch = """[{"jsonrpc":"2.0","id":1,"method":"ping""";
        yield return Of(McpApi, "/mcp", TooLargeChunk);
        yield return Of(McpApi, "/mcp", $"Content-Type: application/json\r\nContent-Length: {Batch.Length + 4}\r\n\r\n{Batch}\u00f2\"}}]");
        yield return Of(Installation.Receiver, "/webhook/stripe", TooLargeChunk);
        yield return Of(Sandbox, "/v1/products", $"{Key}Content-Length: 2000000\r\n\r\n");
        yield return Of(Sandbox, "/v1/products", $"{Key}Stripe-Version: \u00e9\r\nContent-Length: 0\r\n\r\n");
        yield return Of(Sandbox, "/v1/products", $"{Key}Idempotency-Key: \u00e9\r\nContent-Length: 0\r\n\r\n");
        yield return Of(Sandbox, "/v1/products", Key + TooLargeChunk.Replace("application/json", "application/x-www-form-urlencoded", StringComparison.Ordinal));

        static HostileRequest Of(string service, string path, string rest) =>
            new(service, "known", Encoding.Latin1.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json, text/event-stream\r\n{rest}"), IsWhole: true);
    }

    /// <summary>The next request.</summary>
    public HostileRequest Next()
    {
        var service = _text.Any(s_services);
        var path = _text.Any(s_paths[service]);
        return _random.Next(12) switch
        {
            0 => Request(service, "method", _text.Any(s_verbs), path, Json()),
            1 => Request(service, "path", Verb(path), Trick(path), Json()),
            2 => Request(service, "header", Verb(path), path, Json(), Headers()),
            3 => Request(service, "nesting", "POST", path, Encoding.UTF8.GetBytes(_text.Nested())),
            4 => Request(service, "huge", "POST", path, Huge()),
            5 => Framing(service, path),
            6 => Part(service, path),
            7 => new HostileRequest(service, "noise", Noise(), IsWhole: false),
            _ => Request(service, "body", Verb(path), path, Body(service)),
        };
    }

    private static string Verb(string path) =>
        path.Contains("/ops/o", StringComparison.Ordinal) || path.StartsWith("/ops/dead/", StringComparison.Ordinal) || path.StartsWith("/mcp", StringComparison.Ordinal)
        || path.StartsWith("/webhook", StringComparison.Ordinal) || path.StartsWith("/v1/", StringComparison.Ordinal) || path.StartsWith("/sandbox/", StringComparison.Ordinal)
        || path.StartsWith("/ucp", StringComparison.Ordinal) || path.StartsWith("/c/pay", StringComparison.Ordinal)
            ? "POST"
            : "GET";

    private byte[] Json() => _text.Damaged(_text.Json(s_names));

    private byte[] Body(string service) => service switch
    {
        McpApi => _text.Damaged(Message()),
        Installation.Receiver => _text.Damaged(_random.Next(2) == 0 ? _text.Json(s_names) : Event()),
        Sandbox when _random.Next(3) > 0 => _text.Damaged(_text.Form(s_names)),
        _ => Json(),
    };

    private string Message()
    {
        var method = _random.Next(8) == 0 ? _text.Word() : _text.Any(s_methods);
        var parameters = method == "tools/call" && _random.Next(4) > 0
            ? $"{{\"name\":\"{_text.Any(s_tools)}\",\"arguments\":{_text.Json(s_names)},\"_meta\":{_text.Json(s_names)}}}"
            : _text.Json(s_names);
        var id = _random.Next(3) == 0 ? _text.Json(s_names) : "1";
        var message = $"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":{System.Text.Json.JsonSerializer.Serialize(method)},\"params\":{parameters}}}";
        return _random.Next(10) == 0 ? $"[{message},{message},{_text.Json(s_names)}]" : message;
    }

    private string Event() =>
        $"{{\"id\":\"evt_{_random.Next()}\",\"object\":\"event\",\"type\":\"checkout.session.completed\",\"created\":{_text.Json(s_names)},"
        + $"\"livemode\":{(_random.Next(2) == 0 ? "false" : _text.Json(s_names))},\"data\":{{\"object\":{_text.Json(s_names)}}},\"account\":{_text.Json(s_names)}}}";

    private byte[] Huge() => _random.Next(2) == 0
        ? Encoding.UTF8.GetBytes("{\"a\":\"" + new string('x', _random.Next(100_000, 3_000_000)) + "\"}")
        : Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat("{\"jsonrpc\":\"2.0\"}", _random.Next(1_000, 40_000))) + "]");

    private string Trick(string path) => _random.Next(8) switch
    {
        0 => path + "/" + Uri.EscapeDataString(_text.Word()),
        1 => "/../.." + path + "/..",
        2 => path.Replace("/", "//", StringComparison.Ordinal),
        3 => path + "%00%2f%2e%2e%5c",
        4 => path + "?" + string.Join('&', Enumerable.Range(0, 1 + _random.Next(300)).Select(_ => $"session_id={Uri.EscapeDataString(_text.Any(s_names))}")),
        5 => path + ";a=b#fragment",
        6 => "/" + new string('a', _random.Next(9_000)),
        _ => "http://other.example" + path,
    };

    private IEnumerable<(string, string)> Headers() => Enumerable.Range(0, _random.Next(20) == 0 ? 150 : _random.Next(1, 6))
        .Select(_ => (_text.Any(s_headers), string.Concat(_text.Word().Where(character => character is not ('\r' or '\n' or '\0')).Take(_random.Next(9_000)))));

    private HostileRequest Request(
        string service, string kind, string verb, string path, byte[] body, IEnumerable<(string Name, string Value)>? headers = null)
    {
        var all = (headers ?? []).ToList();
        AddUsual(all, service, body);
        var head = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{verb} {path} HTTP/1.1\r\n");
        foreach (var (name, value) in all)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n");
        return new HostileRequest(service, kind, [.. Encoding.Latin1.GetBytes(head.ToString()), .. body], IsWhole: true);
    }

    // What lets the request in, unless it is to fail already there.
    private void AddUsual(List<(string Name, string Value)> headers, string service, byte[] body)
    {
        Add("Host", _random.Next(20) == 0 ? _text.Any<string>(["evil.example", "[::1", "a b", ""]) : "localhost");
        Add("Content-Type", service == Sandbox && _random.Next(2) == 0 ? "application/x-www-form-urlencoded" : _random.Next(10) == 0 ? "text/plain; charset=utf-7" : "application/json");
        Add("Accept", "application/json, text/event-stream");
        if (service == Installation.Operations)
        {
            Add("Authorization", "Bearer " + Installation.OpsToken);
        }
        else if (service == Sandbox)
        {
            Add("Authorization", "Bearer " + StripeSecretKey.Sandbox);
        }
        else if (service == Installation.Receiver && _random.Next(5) > 0)
        {
            Add("Stripe-Signature", StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), StripeEvents.Secret));
        }

        void Add(string name, string value)
        {
            if (!headers.Exists(header => header.Name == name))
            {
                headers.Insert(0, (name, value));
            }
        }
    }

    private HostileRequest Framing(string service, string path)
    {
        var framing = _text.Any<string>(
        [
            "Content-Length: -1\r\n\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\n{}\n\r\n0\r\n\r\n", "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}", "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
            "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n", "Content-Length: 0\r\nHost: localhost\r\n\r\n", "No-Colon\r\n\r\n", " Folded: x\r\n\r\n",
        ]);
        var bytes = Encoding.Latin1.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer {Installation.OpsToken}\r\n{framing}");
        return new HostileRequest(service, "framing", bytes, IsWhole: true);
    }

    private HostileRequest Part(string service, string path)
    {
        var whole = Request(service, "part", "POST", path, Body(service));
        return whole with { Bytes = whole.Bytes[..(1 + _random.Next(whole.Bytes.Length))], IsWhole = false };
    }

    private byte[] Noise()
    {
        var noise = new byte[1 + _random.Next(2_000)];
        _random.NextBytes(noise);
        return noise;
    }
}
