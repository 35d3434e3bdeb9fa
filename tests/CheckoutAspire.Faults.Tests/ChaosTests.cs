using CheckoutAspire.Faults.Tests.Chaos;

namespace CheckoutAspire.Faults.Tests;

/// <summary>A short run of the chaos with fixed histories. The long form, <c>./test --faults</c>, makes others each time.</summary>
public sealed class ChaosTests
{
    private const int DefaultSeed = 26;

    [Fact]
    public async Task Despite_random_process_failures_only_paid_sessions_are_fulfilled_and_each_exactly_once()
    {
        var options = new ChaosOptions { Sessions = 120, Seed = ChaosOptions.ReadSeed() ?? DefaultSeed, Rest = TimeSpan.FromMilliseconds(60) };
        TestContext.Current.SendDiagnosticMessage("{0}={1}", ChaosOptions.SeedVariable, options.Seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"{ChaosOptions.SeedVariable}={options.Seed} replays this run.");

        var run = await ChaosRun.RunAsync(options, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(run.Table);
        Assert.True(run.Wrong.Count == 0, string.Join('\n', run.Wrong));
    }
}
