using CheckoutAspire.Faults.Tests.Chaos;

namespace CheckoutAspire.Faults.Tests;

public sealed class ChaosTests
{
    [Fact]
    public async Task Despite_random_process_failures_only_paid_sessions_are_fulfilled_and_each_exactly_once()
    {
        var options = new ChaosOptions { Sessions = 120, Seed = ChaosOptions.ReadSeed(), Rest = TimeSpan.FromMilliseconds(60) };
        TestContext.Current.SendDiagnosticMessage("{0}={1}", ChaosOptions.SeedVariable, options.Seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"{ChaosOptions.SeedVariable}={options.Seed} replays this run.");

        var run = await ChaosRun.RunAsync(options, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(run.Table);
        Assert.True(run.Wrong.Count == 0, string.Join('\n', run.Wrong));
    }
}
