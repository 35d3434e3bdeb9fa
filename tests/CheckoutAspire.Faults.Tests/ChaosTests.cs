using CheckoutAspire.Faults.Tests.Chaos;

namespace CheckoutAspire.Faults.Tests;

public sealed class ChaosTests
{
    [Fact]
    public async Task Whatever_dies_each_paid_session_is_fulfilled_once_and_no_other_is()
    {
        var options = new ChaosOptions { Sessions = 300, Seed = ChaosOptions.ReadSeed(), Rest = TimeSpan.FromMilliseconds(100) };
        TestContext.Current.SendDiagnosticMessage("{0}={1}", ChaosOptions.SeedVariable, options.Seed);
        TestContext.Current.TestOutputHelper?.WriteLine($"{ChaosOptions.SeedVariable}={options.Seed} replays this run.");

        var run = await ChaosRun.RunAsync(options, TestContext.Current.CancellationToken);

        TestContext.Current.TestOutputHelper?.WriteLine(run.Table);
        Assert.Empty(run.Wrong);
    }
}
