using CheckoutAspire.TestKit;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.Operations.Tests;

/// <summary>Strict cookies in a real browser, which withholds them from every request that began on another site.</summary>
[Trait("loop", "long")]
public sealed class OidcBrowserTests(Browser browser, OidcHost host) : IClassFixture<OidcHost>
{
    [Fact]
    public async Task An_operator_is_signed_in_after_the_provider_s_answer_and_after_a_link_of_another_site()
    {
        host.Provider.Visitor = new() { ["sub"] = "u-1", ["name"] = "Ann", ["roles"] = "operator" };

        // To a browser, localhost and 127.0.0.1 are two sites.
        var site = new UriBuilder(host.Operations.Address) { Host = "localhost" }.Uri;
        var page = await browser.OpenAsync();
        await page.GotoAsync(new Uri(site, "/dead").ToString());

        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in at 127.0.0.1" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Uri(site, "/dead").ToString());

        // The first page at this address asks for the sign-in page, as it does after a link of another site, and would interrupt the next navigation.
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
        await page.GotoAsync(host.Provider.Issuer + "/keys");
        await page.EvaluateAsync("address => { location.href = address }", new Uri(site, "/owed").ToString());
        await Expect(page).ToHaveURLAsync(new Uri(site, "/owed").ToString());
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
        await page.Context.DisposeAsync();
    }
}
