using CheckoutAspire.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.Operations.Tests;

/// <summary>A test of the operators' pages in a real browser.</summary>
public abstract class BrowserTest(Browser browser) : OperationsTest
{
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
        await Expect(Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
    }

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
}
