using System.Text.Json;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;
using Microsoft.Playwright;
using Stripe.Checkout;
using static Microsoft.Playwright.Assertions;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>The pages have no axe finding in either color scheme, and no horizontal scrolling on a small phone.</summary>
[Trait("loop", "long")]
public sealed class AccessibilityTests(SandboxServer sandbox, Pages pages) : IClassFixture<SandboxServer>, IClassFixture<Pages>
{
    public static TheoryData<string, ColorScheme, int> Cases() => new(
        from state in new[] { "card", "us_bank_account", "sepa_debit", "errors", "promotion", "collection", "collection_errors", "challenge", "setup", "complete", "expired", "missing", "controls" }
        from scheme in new[] { ColorScheme.Light, ColorScheme.Dark }
        select (state, scheme, scheme == ColorScheme.Light ? 360 : 1280));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_page_has_no_finding_and_fits(string state, ColorScheme scheme, int width)
    {
        var page = await pages.OpenAsync(width, 780, scheme);
        await ShowAsync(page, state);

        await AssertAccessibleAsync(page);
        Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
    }

    private static async Task AssertAccessibleAsync(IPage page)
    {
        var axe = await File.ReadAllTextAsync(Repository.Npm("axe-core/axe.min.js"), TestContext.Current.CancellationToken);
        foreach (var frame in page.Frames)
        {
            // Evaluated instead of added as a script, because the page's policy blocks foreign scripts.
            await frame.EvaluateAsync(axe);
        }

        var findings = await page.EvaluateAsync<JsonElement>(
            "async () => (await axe.run()).violations"
            + ".map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)");
        Assert.Empty(findings.EnumerateArray().Select(finding => finding.GetString()));
    }

    private async Task ShowAsync(IPage page, string state)
    {
        var session = await CreateAsync(state);
        switch (state)
        {
            case "complete":
                await sandbox.PayByCardAsync(session);
                break;
            case "expired":
                await new SessionService(sandbox.Stripe).ExpireAsync(session.Id, cancellationToken: TestContext.Current.CancellationToken);
                break;
        }

        await page.GotoAsync(new Uri(sandbox.Address, state switch
        {
            "missing" => "/c/pay/cs_test_none",
            "controls" => "/sandbox",
            _ => $"/c/pay/{session.Id}",
        }).ToString());
        switch (state)
        {
            case "us_bank_account" or "sepa_debit":
                await page.GetByTestId($"{state}-accordion-item-button").ClickAsync();
                break;
            case "collection":
                await AwaitTaxAsync(page);
                break;
            case "errors" or "collection_errors":
                if (state == "collection_errors")
                {
                    await AwaitTaxAsync(page);
                }

                await page.ClickAsync(CheckoutPage.Submit);
                await Expect(page.Locator("#cardNumber-error")).Not.ToBeEmptyAsync();
                break;
            case "controls":
                await page.Locator("#sessions tbody tr").First.WaitForAsync();
                break;
            case "challenge":
                await new CheckoutPage(page).FillCardAsync("4000002500003155");
                await page.ClickAsync(CheckoutPage.Submit);
                await page.FrameLocator("#threeDSecureFrame").FrameLocator("#challengeFrame").Locator("#test-source-fail-3ds").WaitForAsync();
                break;
        }
    }

    /// <summary>Waits until the page shows the tax: until then it may replace its summary while axe looks at it.</summary>
    private static Task AwaitTaxAsync(IPage page) => Expect(page.GetByTestId("tax")).ToContainTextAsync("€");

    private Task<Session> CreateAsync(string state) => sandbox.CreateAsync(
        options =>
        {
            if (state.StartsWith("collection", StringComparison.Ordinal))
            {
                AskingSession.Everything(options);
            }

            options.AllowPromotionCodes = state == "promotion" ? true : null;
            options.LineItems[0].PriceData.ProductData.Name = "Anextraordinarilylongnamethatnobreakwouldeverdivideforasmallphone";
            if (state == "setup")
            {
                options.Mode = "setup";
                options.LineItems = null;
                options.Currency = "usd";
            }
        },
        state is "sepa_debit" or "collection" or "collection_errors" ? "eur" : "usd");
}
