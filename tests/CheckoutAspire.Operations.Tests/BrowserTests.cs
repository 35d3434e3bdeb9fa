using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.Operations.Tests;

/// <summary>
/// What operators do, in a real browser and with the keyboard only. axe has no finding, nothing scrolls sideways on a small phone, and pictures are kept in
/// <c>artifacts/screenshots</c>.
/// </summary>
[Trait("loop", "long")]
public sealed class BrowserTests(Browser browser) : OperationsTest, IClassFixture<Browser>
{
    private static readonly string s_axe = File.ReadAllText(Repository.Npm("axe-core/axe.min.js"));

    private OperationsHost _operations = null!;
    private IPage Page { get; set; } = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _operations = new OperationsHost(Redis.ConnectionString);
    }

    public override async ValueTask DisposeAsync()
    {
        await Page.Context.DisposeAsync();
        await _operations.DisposeAsync();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(360, ColorScheme.Dark)]
    [InlineData(1200, ColorScheme.Light)]
    public async Task An_operator_finds_an_order_by_its_number_and_sees_why_it_is_held(int width, ColorScheme scheme)
    {
        var id = await HoldAsync();
        var number = (await Ledger.Orders.FindAsync(id))!.Number;
        await SignInAsync(width, scheme);
        await CheckAsync("find", width);

        await Page.GetByLabel("Search").FillAsync(number);
        await Page.Keyboard.PressAsync("Enter");

        await Expect(Page.Locator("h1")).ToHaveTextAsync($"Order {number}");
        await Expect(Page.Locator("main")).ToContainTextAsync("The payment differs from the sale. The ledger noted: amount_subtotal 9998 was sold, 1 was paid.");
        await Expect(Page.Locator("main")).ToContainTextAsync("Nothing, until an operator approves or rejects it.");
        await CheckAsync("order-held", width);
        foreach (var list in new[] { "owed", "needs-review", "handlers" })
        {
            await Page.GotoAsync(new Uri(_operations.Address, list).ToString());
            await CheckAsync(list, width);
        }
    }

    [Theory]
    [InlineData("Approve", OrderFulfillment.Ready, "Approved by an operator", 360, ColorScheme.Light)]
    [InlineData("Reject", OrderFulfillment.Rejected, "Rejected by an operator", 1200, ColorScheme.Dark)]
    public async Task An_operator_decides_about_a_held_order(string verb, OrderFulfillment fulfillment, string step, int width, ColorScheme scheme)
    {
        var id = await HoldAsync();
        await SignInAsync(width, scheme, "/orders/" + id);

        await PressAsync(Page.GetByRole(AriaRole.Link, new() { Name = verb + "…" }));
        await Expect(Page.Locator("main")).ToContainTextAsync(verb == "Approve" ? "This fulfills the order." : "This ends the order.");
        await CheckAsync(verb, width);
        await DecideAsync($"{verb} the order");

        await Expect(Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The order is");
        await Expect(Page.Locator(".timeline")).ToContainTextAsync($"{step} Ann: the buyer called");
        await CheckAsync(verb + "-done", width);
        Assert.Equal(fulfillment, (await Ledger.Orders.FindAsync(id))!.Fulfillment);
    }

    [Theory]
    [InlineData("Redrive", "redriven", 360, ColorScheme.Dark)]
    [InlineData("Dismiss", "dismissed", 1200, ColorScheme.Light)]
    public async Task An_operator_decides_about_a_dead_letter(string verb, string step, int width, ColorScheme scheme)
    {
        await DeadLetterAsync((await Ledger.SellAsync()).SessionId);
        await SignInAsync(width, scheme, "/dead");
        await CheckAsync("dead", width);

        await PressAsync(Page.GetByRole(AriaRole.Link, new() { Name = verb }));
        await Expect(Page.Locator("h1")).ToHaveTextAsync($"{verb} a dead letter");
        await CheckAsync(verb, width);
        await DecideAsync($"{verb} the dead letter");

        await Expect(Page.Locator("main")).ToContainTextAsync("There are no dead letters.");
        Assert.Contains(await Redis.Database.StreamRangeAsync(Partition.Journal), entry => entry["what"] == step);
    }

    private async Task SignInAsync(int width, ColorScheme scheme, string path = "/orders")
    {
        Page = await browser.OpenAsync(width, 780, scheme);
        await Page.GotoAsync(new Uri(_operations.Address, path).ToString());
        await CheckAsync("sign-in", width);
        await Page.GetByLabel("Token").FillAsync(OperationsHost.Token);
        await Page.Keyboard.PressAsync("Enter");
        await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
    }

    private async Task PressAsync(ILocator control)
    {
        await control.FocusAsync();
        await Page.Keyboard.PressAsync("Enter");
    }

    private async Task DecideAsync(string button)
    {
        await Page.GetByLabel("Your name").FillAsync("Ann");
        await Page.GetByLabel("Reason").FillAsync("the buyer called");
        await PressAsync(Page.GetByRole(AriaRole.Button, new() { Name = button }));
    }

    private async Task CheckAsync(string name, int width)
    {
        await Browser.ScreenshotAsync(Page, $"operations-{name.ToLowerInvariant()}-{width}");

        // Evaluated instead of added as a script, because the page's policy blocks every script.
        await Page.EvaluateAsync(s_axe);
        var findings = await Page.EvaluateAsync<string[]>(
            "async () => (await axe.run()).violations.map(v => `${v.id} (${v.impact}): ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)");
        Assert.True(findings.Length == 0, $"{name}: {string.Join("; ", findings)}");
        Assert.Equal(width, await Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }
}
