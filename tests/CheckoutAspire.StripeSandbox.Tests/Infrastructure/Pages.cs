using System.Collections.Concurrent;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Browser))]

namespace CheckoutAspire.StripeSandbox.Tests.Infrastructure;

/// <summary>The pages that the tests of a class open in the shared browser. They are closed after the last of these tests.</summary>
public sealed class Pages(Browser browser) : IAsyncDisposable
{
    private readonly ConcurrentQueue<IPage> _opened = new();

    public async Task<IPage> OpenAsync(int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        var page = await browser.OpenAsync(width, height, scheme);
        _opened.Enqueue(page);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var page in _opened)
        {
            await page.Context.DisposeAsync();
        }
    }
}
