using Microsoft.Playwright;

namespace CheckoutAspire.TestKit;

/// <summary>
/// A headless Chromium: the installed one, not a download. The tests of an assembly share it, because its start costs as much as many tests, and each opens pages
/// in contexts of its own. It starts when the first page is opened.
/// </summary>
public sealed class Browser : IAsyncDisposable
{
    /// <summary>How many milliseconds a page may take. It is long, because tests share a machine; a page that is right takes none of it.</summary>
    private const float Timeout = 60_000;

    private const float LaunchTimeout = 180_000;

    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    private static readonly string[] s_arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync",
    ];

    private readonly Lazy<Task<(IPlaywright Playwright, IBrowser Chromium)>> _launched = new(LaunchAsync);

    /// <summary>Opens a page in a context of its own, which shares no cookies with other pages.</summary>
    public async Task<IPage> OpenAsync(int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Light)
    {
        var (_, chromium) = await _launched.Value;
        var context = await chromium.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        context.SetDefaultTimeout(Timeout);
        return await context.NewPageAsync();
    }

    /// <summary>Keeps a picture of the whole page in <c>artifacts/screenshots</c>.</summary>
    public static Task ScreenshotAsync(IPage page, string name) =>
        page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Artifacts("screenshots"), $"{name}.png"), FullPage = true });

    public async ValueTask DisposeAsync()
    {
        if (_launched.IsValueCreated)
        {
            var (playwright, chromium) = await _launched.Value;
            await chromium.DisposeAsync();
            playwright.Dispose();
        }
    }

    private static async Task<(IPlaywright Playwright, IBrowser Chromium)> LaunchAsync()
    {
        Assertions.SetDefaultExpectTimeout(Timeout);
        var playwright = await Playwright.CreateAsync();
        return (playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Find(), Args = s_arguments, Timeout = LaunchTimeout }));
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .SelectMany(_ => s_names, Path.Combine)
        .FirstOrDefault(File.Exists);
}
