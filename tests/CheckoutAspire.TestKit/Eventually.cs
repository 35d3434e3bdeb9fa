using System.Collections;
using System.Diagnostics;

namespace CheckoutAspire.TestKit;

/// <summary>Awaits a condition that another process or thread makes true.</summary>
public static class Eventually
{
    private const int ShownItems = 50;

    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Reads a value again and again until the condition is met, and returns the value.</summary>
    /// <exception cref="TimeoutException">The deadline passed. The message has the last value.</exception>
    public static async Task<T> GetAsync<T>(Func<Task<T>> read, Func<T, bool> condition, CancellationToken cancellationToken, TimeSpan? deadline = null)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var value = await read();
            if (condition(value))
            {
                return value;
            }

            if (clock.Elapsed > (deadline ?? s_deadline))
            {
                throw new TimeoutException($"Condition not met within the deadline. Last value: {Describe(value)}");
            }

            await Task.Delay(s_pause, cancellationToken);
        }
    }

    private static string Describe<T>(T value) =>
        value is IEnumerable items and not string ? $"[{string.Join(", ", items.Cast<object?>().Take(ShownItems))}]" : $"{value}";
}
