using System.Text.Json.Nodes;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>A generated tool call.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Arguments">Its arguments as JSON.</param>
/// <param name="IsValid">Whether the call may sell. Any other call must be rejected.</param>
internal sealed record GeneratedCall(string Tool, string Arguments, bool IsValid);

/// <summary>Generates the arguments of valid sales, most of which are then broken in one to three known ways.</summary>
internal sealed class ArgumentGenerator(int seed)
{
    private static readonly string[] s_wrongJson =
    [
        "true", "false", "[]", "{}", "[1]", "1.5", "-1", "0", "1e400", "-1e400", "9223372036854775808", "0.1e1", "{\"a\":{\"b\":[]}}", "\"4999\"",
        "\"NaN\"", "\"0x10\"", "99999999999999999999999999999999",
    ];

    // Texts that are known to break parsers, shells, templates, logs and terminals.
    private static readonly string[] s_nastyText =
    [
        "\0", "a\u0000b", "\r\nSet-Cookie: a=b", "\u001b[31m", "\u0007", "\u0085", "javascript:alert(1)", "data:text/html,x", "//evil.example",
        "https://evil.example", "https://shop.example@evil.example", "https://shop.example\\@evil.example", "https://shop.example.evil.example",
        "http://shop.example", "https://shop.example:444", "ftp://shop.example/x", "https://shop.example/ x", "file:///etc/passwd",
        "https://user:pw@shop.example/", "{{CHECKOUT_SESSION_ID}}", "../../etc/passwd",
    ];

    private readonly Random _random = new(seed);

    public GeneratedCall Next() => _random.Next(10) switch
    {
        0 => new GeneratedCall("initiate_checkout", Keyed(Sale()).ToJsonString(), IsValid: true),
        1 => new GeneratedCall(Pick("get_checkout", "cancel_checkout", "wait_for_payment"), Question().ToJsonString(), IsValid: false),
        _ => new GeneratedCall("initiate_checkout", Broken().ToJsonString(), IsValid: false),
    };

    private static JsonObject Pair(string key, JsonNode value) => new() { ["key"] = key, ["value"] = value };

    private static JsonObject Keyed(JsonObject sale)
    {
        sale["idempotency_key"] = Guid.NewGuid().ToString();
        return sale;
    }

    private JsonObject Sale()
    {
        var sale = _random.Next(4) == 0
            ? new JsonObject { ["line_items"] = new JsonArray([.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Line())]) }
            : Line();
        Maybe(sale, "currency", () => Pick("usd", "EUR", "gbp"));
        Maybe(sale, "success_url", () => Pick("https://shop.example/ok?id={CHECKOUT_SESSION_ID}", "https://partner.example/ö", "http://localhost:3000/x"));
        Maybe(sale, "cancel_url", () => "https://shop.example/back");
        Maybe(sale, "client_reference_id", () => Word());
        Maybe(sale, "customer_email", () => "buyer@example.com");
        Maybe(sale, "expires_in_minutes", () => _random.Next(31, 1440));
        Maybe(sale, "mode", () => "payment");
        Maybe(sale, "metadata", () => new JsonArray(Pair("color", "rot-🟥"), Pair("x-" + Word(), Word())));
        return sale;
    }

    private JsonObject Line()
    {
        var line = new JsonObject { ["product_name"] = "Mug " + Word(), ["price_cents"] = _random.Next(50, 100_000) };
        Maybe(line, "quantity", () => _random.Next(1, 9));
        Maybe(line, "caller_ref", () => Word());
        return line;
    }

    private JsonObject Broken()
    {
        var sale = Sale();
        for (var breaks = _random.Next(1, 4); breaks > 0; breaks--)
        {
            Break(sale);
        }

        return sale;
    }

    private void Break(JsonObject sale)
    {
        // The same mistakes in one of several lines or in the list itself.
        if (sale["line_items"] is JsonArray lines)
        {
            if (_random.Next(3) == 0)
            {
                sale["line_items"] = Pick<Func<JsonNode>>(
                    () => new JsonArray([.. Enumerable.Range(0, 101).Select(_ => Line())]),
                    () => new JsonArray([.. lines.Select(line => line!.DeepClone()), JsonNode.Parse(Pick(s_wrongJson.Where(json => json != "{}").ToArray()))]),
                    () => JsonNode.Parse(Pick("true", "1", "{}", "\"[]\"", "{\"0\":{}}"))!)();
                return;
            }

            if (lines[_random.Next(lines.Count)] is JsonObject line)
            {
                BreakOffer(line);
            }

            return;
        }

        switch (_random.Next(14))
        {
            case 0:
                BreakOffer(sale);
                break;
            case 1:
                sale[Pick("price_cents", "quantity", "expires_in_minutes")] = JsonNode.Parse(Pick(s_wrongJson));
                break;
            case 2:
                sale[Pick("product_name", "currency", "success_url", "cancel_url", "mode", "customer_email", "replaces")] = JsonNode.Parse(Pick("true", "[]", "{}", "1", "[\"usd\"]"));
                break;
            case 3:
                sale["price_cents"] = Pick(0L, -1, 100_000_000, long.MaxValue, long.MinValue, 1);
                sale["quantity"] = 1;
                break;
            case 4:
                sale["quantity"] = Pick(0L, -5, 1_000_000, long.MaxValue);
                break;
            case 5:
                sale["currency"] = Pick("xyz", "us", "dollar", "€", "u$d", "usd\n", "USD ", "zzz");
                break;
            case 6:
                sale["success_url"] = Pick(s_nastyText);
                break;
            case 7:
                sale["cancel_url"] = Pick(s_nastyText);
                break;
            case 8:
                sale["product_name"] = Pick("\0", "Mug\u0007", "Mug\u001b[31m", new string('x', 251), string.Concat(Enumerable.Repeat("𝄞", 300)));
                break;
            case 9:
                sale["customer_email"] = Pick("nobody", "a@", "@b", "a b@c", "a@b@c", new string('a', 300) + "@b.example", "a@b\n");
                break;
            case 10:
                sale["expires_in_minutes"] = Pick(0L, 30, 1440, -1, long.MaxValue);
                break;
            case 11:
                sale["mode"] = Pick("setup", "Payment", "subscription", "payment ", "'; DROP TABLE orders; --");
                break;
            case 12:
                sale["metadata"] = Pick<Func<JsonNode>>(
                    () => JsonValue.Create("text"),
                    () => new JsonObject { ["color"] = "red" },
                    () => new JsonArray(Pair("source", "forged")),
                    () => new JsonArray(Pair("deployment", "other")),
                    () => new JsonArray(Pair("a[b]", "c")),
                    () => new JsonArray(Pair("a", new JsonObject())),
                    () => new JsonArray(Pair("a", "b"), Pair("a", "c")),
                    () => new JsonArray(Pair(new string('k', 41), "v")),
                    () => new JsonArray(Pair("k", new string('v', 501))))();
                break;
            default:
                sale[Pick("price", "amount", "Price_Cents", "PRICE_CENTS", "__proto__", "stripe_account", "payment_status", "$ref", "名前", " ")] = Word();
                break;
        }
    }

    private void BreakOffer(JsonObject offer)
    {
        switch (_random.Next(4))
        {
            case 0:
                offer.Remove(Pick("product_name", "price_cents"));
                break;
            case 1:
                offer[Pick("price_cents", "quantity")] = JsonNode.Parse(Pick(s_wrongJson));
                break;
            case 2:
                offer["product_name"] = Pick("\0", "Mug\u0007", "Mug\u001b[31m", new string('x', 251));
                break;
            default:
                offer[Pick("price", "amount", "Price_Cents", "__proto__", "$ref", "名前", " ")] = Word();
                break;
        }
    }

    private JsonObject Question() => new()
    {
        [Pick("session_id", "session_id", "session_id", "id", "sessionId")] = Pick<JsonNode?>(
            JsonValue.Create("cs_test_" + Word()), JsonValue.Create("cs_live_" + Word()), JsonValue.Create("cs_test_"), JsonValue.Create("cs_test_a/../b"),
            JsonValue.Create("cs_test_a\n"), JsonValue.Create("cs_test_" + new string('a', 500)), JsonValue.Create(7), new JsonArray(), null,
            JsonValue.Create(Pick(s_nastyText))),
    };

    private void Maybe(JsonObject into, string name, Func<JsonNode> value)
    {
        if (_random.Next(3) == 0)
        {
            into[name] = value();
        }
    }

    private string Word() => new([.. Enumerable.Range(0, _random.Next(1, 12)).Select(_ => (char)_random.Next('a', 'z' + 1))]);

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
}
