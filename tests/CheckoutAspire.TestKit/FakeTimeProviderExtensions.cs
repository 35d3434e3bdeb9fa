using Microsoft.Extensions.Time.Testing;

namespace CheckoutAspire.TestKit;

/// <summary>Moves a test's clock on while other threads work.</summary>
public static class FakeTimeProviderExtensions
{
    /// <summary>Advances the clock step by step until a task completes.</summary>
    /// <exception cref="TimeoutException">The task did not complete.</exception>
    public static async Task AdvanceUntilAsync(this FakeTimeProvider time, Task task, TimeSpan step, CancellationToken cancellationToken)
    {
        await Eventually.GetAsync(
            () =>
            {
                time.Advance(step);
                return Task.FromResult(task.IsCompleted);
            },
            isCompleted => isCompleted,
            cancellationToken);
        await task;
    }
}
