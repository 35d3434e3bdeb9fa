using System.Diagnostics;

namespace CheckoutAspire.AppHost.Tests;

/// <summary>Waits for a condition, with a deadline that only a failing test ever reaches.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < s_deadline, "The condition did not become true in time.");
            await Task.Delay(20, cancellationToken);
        }
    }
}
