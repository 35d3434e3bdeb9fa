using System.Globalization;
using CheckoutAspire.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

[assembly: AssemblyFixture(typeof(Browser))]

namespace CheckoutAspire.Operations.Tests;

/// <summary>A test of the operators' pages in a real browser.</summary>
public abstract class BrowserTest(Browser browser) : OperationsTest
{
    private static readonly string s_axe = File.ReadAllText(Repository.Npm("axe-core/axe.min.js"));

    private static readonly (int Width, ColorScheme Scheme)[] s_looks =
    [
        (360, ColorScheme.Dark), (1200, ColorScheme.Light),
        .. TakesAll ? [(360, ColorScheme.Light), (1200, ColorScheme.Dark)] : ((int, ColorScheme)[])[],
    ];

    /// <summary>Whether pictures are taken of every page in every combination of width and color scheme.</summary>
    protected static bool TakesAll => Environment.GetEnvironmentVariable("SCREENSHOTS") == "all";

    protected OperationsHost Operations { get; private set; } = null!;

    protected IPage Page { get; private set; } = null!;

    public override async ValueTask DisposeAsync()
    {
        if (Page is not null)
        {
            await Page.Context.DisposeAsync();
        }

        if (Operations is not null)
        {
            await Operations.DisposeAsync();
        }

        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Starts the service and opens its sign-in page.</summary>
    protected async Task OpenAsync(string path = "/orders", int width = 1200, params (string Name, string Value)[] settings)
    {
        Operations = new OperationsHost(Redis.ConnectionString, settings);
        Page = await browser.OpenAsync(width, 780);
        await GoToAsync(path);
    }

    protected async Task SignInAsync(string path = "/orders", int width = 1200, params (string Name, string Value)[] settings)
    {
        await OpenAsync(path, width, settings);
        await Page.GetByLabel("Token").FillAsync(OperationsHost.Token);
        await Page.Keyboard.PressAsync("Enter");
        await AwaitSignedInAsync();
    }

    /// <summary>Asks the page again and again: Playwright's wait for a navigation misses one that ends while the wait begins.</summary>
    protected Task AwaitSignedInAsync() => Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();

    protected Task GoToAsync(string path) => Page.GotoAsync(new Uri(Operations.Address, path).ToString());

    /// <summary>Uses a control by the keyboard.</summary>
    protected async Task PressAsync(ILocator control)
    {
        await control.FocusAsync();
        await Page.Keyboard.PressAsync("Enter");
    }

    protected Task PressLinkAsync(string name) => PressAsync(Page.GetByRole(AriaRole.Link, new() { Name = name }));

    /// <summary>Says who and why on a page of confirmation, and confirms it.</summary>
    protected async Task ConfirmAsync(string button)
    {
        await Page.GetByLabel("Your name").FillAsync("Ann");
        await Page.GetByLabel("Reason", new() { Exact = true }).FillAsync("the buyer called");
        await PressAsync(Page.GetByRole(AriaRole.Button, new() { Name = button }));
    }

    /// <summary>Takes pictures of the page, on a small phone in dark mode and on a wide screen in light mode: axe has no finding, and nothing scrolls sideways.</summary>
    protected async Task CheckAsync(string name)
    {
        foreach (var (width, scheme) in s_looks)
        {
            await Page.SetViewportSizeAsync(width, 780);
            await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            var look = string.Create(CultureInfo.InvariantCulture, $"operations-{name}-{scheme.ToString().ToLowerInvariant()}-{width}");
            await Browser.ScreenshotAsync(Page, look);

            // Evaluated instead of added as a script, because the page's policy blocks every script.
            await Page.EvaluateAsync(s_axe);
            var findings = await Page.EvaluateAsync<string[]>(
                "async () => (await axe.run()).violations.map(v => `${v.id} (${v.impact}): ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)");
            Assert.True(findings.Length == 0, $"{look}: {string.Join("; ", findings)}");
            Assert.Equal((look, width), (look, await Page.EvaluateAsync<int>("document.documentElement.scrollWidth")));
        }
    }
}
