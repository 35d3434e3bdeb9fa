using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using CheckoutAspire.Worker.Consuming;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CheckoutAspire.Worker.Tests;

public sealed class ConsumerSupervisorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LedgerPartition _second =
        new LedgerPartitions(Options.Create(new OrdersOptions { Partitions = 2 })).All[1];

    private static CancellationToken Canceled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_consumer_loop_that_fails_is_unhealthy_and_starts_again()
    {
        var supervisor = new ConsumerSupervisor(_time, NullLogger<ConsumerSupervisor>.Instance);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(Canceled);
        var starts = 0;
        var completeRound = new TaskCompletionSource();

        var running = supervisor.RunAsync(
            _second,
            async (completedRound, token) =>
            {
                if (Interlocked.Increment(ref starts) == 1)
                {
                    throw new FormatException("a fault");
                }

                await completeRound.Task;
                completedRound();
                await Task.Delay(Timeout.InfiniteTimeSpan, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            },
            stopping.Token);

        var failed = await CheckAsync(supervisor);
        Assert.Equal(HealthStatus.Unhealthy, failed.Status);
        Assert.Equal("The consumer failed and is being restarted: partition 1 (FormatException).", failed.Description);

        _time.Advance(ConsumerSupervisor.RestartDelay);
        await Eventually.GetAsync(() => Task.FromResult(Volatile.Read(ref starts)), count => count == 2, Canceled);
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(supervisor)).Status);

        completeRound.SetResult();
        await Eventually.GetAsync(() => CheckAsync(supervisor), result => result.Status == HealthStatus.Healthy, Canceled);
        await stopping.CancelAsync();
        await running;
    }

    private static Task<HealthCheckResult> CheckAsync(ConsumerSupervisor supervisor) =>
        supervisor.CheckHealthAsync(new HealthCheckContext(), Canceled);
}
