using System.Diagnostics;

namespace CheckoutAspire.TestKit;

/// <summary>Awaits what other processes bring about: asks again until it holds, and fails with the last answer.</summary>
public static class Eventually
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    public static async Task<T> GetAsync<T>(Func<Task<T>> ask, Func<T, bool> holds, CancellationToken cancellationToken, TimeSpan? deadline = null)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var answer = await ask();
            if (holds(answer))
            {
                return answer;
            }

            if (clock.Elapsed > (deadline ?? s_deadline))
            {
                throw new TimeoutException($"It did not come to hold; the last answer was: {answer}");
            }

            await Task.Delay(s_pause, cancellationToken);
        }
    }
}
