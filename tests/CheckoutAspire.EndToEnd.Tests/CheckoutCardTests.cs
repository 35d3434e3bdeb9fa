using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.Playwright;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>The MCP App in a real browser, embedded in a small host: <c>Infrastructure/card-host.html</c>.</summary>
public sealed class CheckoutCardTests(Shop shop, Browser browser)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_card_shows_the_sale_opens_the_payment_page_and_follows_the_order_until_it_is_fulfilled()
    {
        await using var client = await ConnectAsync();
        await using var host = await OpenAsync(client, new { openLinks = new { }, serverTools = new { } });
        var arguments = Agent.Mugs();
        var result = await CallUntilAnsweredAsync(client, "initiate_checkout", arguments);

        await NotifyAsync(host.Page, "ui/notifications/tool-input", new { arguments });
        await NotifyAsync(host.Page, "ui/notifications/tool-result", result);

        await Expect(Card(host.Page)).ToHaveAttributeAsync("data-state", "open");
        await Expect(Part(host.Page, "lines")).ToHaveTextAsync("Red mug2 × $49.99$99.98");
        await Expect(Part(host.Page, "amounts")).ToHaveTextAsync("To pay$99.98");
        await Expect(Part(host.Page, "number")).ToHaveTextAsync(new Regex("^Order number [0-9A-Z]{5}-[0-9A-Z]{5}$"));
        await Expect(Part(host.Page, "mode")).ToBeVisibleAsync();
        await Part(host.Page, "pay").ClickAsync();
        var url = (string?)result["structuredContent"]!["checkout_url"];
        await host.Page.WaitForFunctionAsync("url => state.opened.length === 1 && state.opened[0] === url", url);

        await using var buyer = await Buyer.OpenAsync(browser, url!);
        await buyer.PayByCardAsync(Buyer.GoodCard);

        await Expect(Card(host.Page)).ToHaveAttributeAsync("data-state", "fulfilled");
        await Expect(Part(host.Page, "pay")).ToBeHiddenAsync();
        await host.Page.WaitForFunctionAsync("state.sizes.length > 0 && state.sizes.every(size => size.height > 0)");
        Assert.Empty(await host.Page.EvaluateAsync<string[]>("state.errors"));
    }

    [Fact]
    public async Task The_card_follows_the_order_after_a_temporary_error()
    {
        await using var client = await ConnectAsync();
        var answers = new Queue<object>([
            new { isError = true, structuredContent = new { error = "The seller's ledger is unreachable.", code = "ledger_unreachable", retry_after = 0 } },
            new { structuredContent = new { session_id = "cs_test_1", status = "complete", payment_status = "paid", order_state = "fulfilled", buyer_status = "fulfilled" } },
        ]);
        await using var host = await OpenAsync(client, new { serverTools = new { } }, _ => Task.FromResult(JsonSerializer.Serialize(answers.Dequeue())));

        await NotifyAsync(host.Page, "ui/notifications/tool-result", Result("https://checkout.example/pay", "Mug"));

        await Expect(Card(host.Page)).ToHaveAttributeAsync("data-state", "fulfilled");
        Assert.Empty(answers);
    }

    [Fact]
    public async Task A_product_name_is_shown_as_text_and_only_a_web_address_can_be_opened()
    {
        await using var client = await ConnectAsync();
        await using var host = await OpenAsync(client, new { openLinks = new { } });
        const string Markup = "<img src=x onerror=parent.postMessage('out','*')><b>Mug</b>";

        await NotifyAsync(host.Page, "ui/notifications/tool-result", Result("javascript:alert(1)", Markup));

        await Expect(Part(host.Page, "lines")).ToContainTextAsync(Markup);
        await Expect(Part(host.Page, "pay")).ToBeHiddenAsync();
        Assert.Equal(0, await Card(host.Page).Locator("img, b").CountAsync());
    }

    [Fact]
    public async Task A_host_that_cannot_open_links_shows_the_address()
    {
        await using var client = await ConnectAsync();
        await using var host = await OpenAsync(client, new { });

        await NotifyAsync(host.Page, "ui/notifications/tool-result", Result("https://checkout.example/pay", "Mug", amount: 500, currency: "jpy"));
        await Part(host.Page, "pay").ClickAsync();

        await Expect(Part(host.Page, "amounts")).ToHaveTextAsync("To pay¥500");
        await Expect(Part(host.Page, "link")).ToHaveTextAsync("Open this address to pay: https://checkout.example/pay");
        Assert.Equal(0, await host.Page.EvaluateAsync<int>("state.opened.length"));
    }

    [Fact]
    public async Task A_failed_call_shows_no_sentence_that_was_written_for_the_agent()
    {
        await using var client = await ConnectAsync();
        await using var host = await OpenAsync(client, new { });

        await NotifyAsync(host.Page, "ui/notifications/tool-result", await CallUntilAnsweredAsync(client, "initiate_checkout", Agent.Mugs(("price_cents", 1))));

        await Expect(Card(host.Page)).ToHaveAttributeAsync("data-state", "error");
        await Expect(Part(host.Page, "state")).ToHaveTextAsync("The checkout could not be started");
        await Expect(Card(host.Page)).Not.ToContainTextAsync("Stripe's minimum");
    }

    private static ILocator Card(IPage page) => page.FrameLocator("#view").Locator("#card");

    private static ILocator Part(IPage page, string id) => page.FrameLocator("#view").Locator("#" + id);

    private static object Result(string url, string productName, long amount = 4999, string currency = "usd") => new
    {
        content = Array.Empty<object>(),
        structuredContent = new
        {
            session_id = "cs_test_1",
            status = "open",
            payment_status = "unpaid",
            order_state = "created",
            amount_total = amount,
            currency,
            livemode = false,
            checkout_url = url,
            line_items = new[] { new { product_name = productName, quantity = 1 } },
        },
    };

    private static Task NotifyAsync(IPage page, string method, object parameters) =>
        page.EvaluateAsync("message => send(JSON.parse(message))", JsonSerializer.Serialize(new { method, @params = parameters }));

    private Task<McpClient> ConnectAsync() => McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = shop.McpEndpoint,
            TransportMode = HttpTransportMode.StreamableHttp,
        }),
        Agent.Patient,
        cancellationToken: Cancellation);

    private static async Task<JsonObject> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        var response = await client.SendRequestAsync(
            new JsonRpcRequest
            {
                Method = "tools/call",
                Params = new JsonObject { ["name"] = tool, ["arguments"] = JsonSerializer.SerializeToNode(arguments) },
            },
            Cancellation);
        return response.Result!.AsObject();
    }

    /// <summary>Calls a tool as an agent does, which repeats the call if the error asks for it.</summary>
    private static Task<JsonObject> CallUntilAnsweredAsync(McpClient client, string tool, Dictionary<string, object?> arguments) => Eventually.GetAsync(
        () => CallAsync(client, tool, arguments),
        result => !Agent.MustRepeat(result["structuredContent"].Deserialize<JsonElement>()),
        Cancellation);

    // Opens the host's page with the server's app in its frame, which is sandboxed as the specification requires.
    private async Task<Buyer> OpenAsync(McpClient client, object capabilities, Func<string, Task<string>>? callTool = null)
    {
        var card = Assert.IsType<TextResourceContents>(
            Assert.Single((await client.ReadResourceAsync("ui://checkout/card", cancellationToken: Cancellation)).Contents));
        var host = await Buyer.OpenAsync(browser, "about:blank");
        await host.Page.ExposeFunctionAsync("callTool", callTool ?? (async parameters =>
        {
            var call = JsonNode.Parse(parameters)!;
            var result = await CallAsync(client, (string)call["name"]!, call["arguments"].Deserialize<Dictionary<string, object?>>()!);
            return result.ToJsonString();
        }));
        await host.Page.SetContentAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "card-host.html"), Cancellation));
        await host.Page.EvaluateAsync(
            "([card, capabilities]) => show(card, JSON.parse(capabilities))", new[] { card.Text, JsonSerializer.Serialize(capabilities) });
        await host.Page.WaitForFunctionAsync("state.initialized");
        return host;
    }
}
