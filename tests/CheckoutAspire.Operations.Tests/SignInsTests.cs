using CheckoutAspire.Operations.Access;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CheckoutAspire.Operations.Tests;

public sealed class SignInsTests
{
    [Fact]
    public async Task Wrong_tokens_are_answered_at_one_a_second_and_the_right_one_at_once()
    {
        var canceled = TestContext.Current.CancellationToken;
        var (time, options) = (new FakeTimeProvider(), new OpsOptions());
        options.Read(new ConfigurationBuilder().AddInMemoryCollection([new("OPS_TOKEN", OperationsHost.Token)]).Build());
        using var signIns = new SignIns(Options.Create(options), new HostingEnvironment { EnvironmentName = Environments.Production }, time);

        var (first, second) = (signIns.AuthenticateAsync("wrong", canceled), signIns.AuthenticateAsync("", canceled));
        Assert.NotNull(await signIns.AuthenticateAsync(OperationsHost.Token, canceled));
        Assert.False(first.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await first);
        Assert.False(second.IsCompleted);
        await Eventually.GetAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(second.IsCompleted);
            },
            isCompleted => isCompleted,
            canceled);
        Assert.Null(await second);
    }
}
