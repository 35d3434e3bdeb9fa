using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Webhooks.Tests;

public sealed class SignatureReporterTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Wrong_signatures_are_reported_until_a_correct_one_arrives()
    {
        await using var receiver = await WebhooksHost.StartAsync(redis.Server.ConnectionString);
        var reports = new ServiceReports(redis.Server.Connection);
        await receiver.Services.GetRequiredService<LedgerReadiness>().WhenVerifiedAsync(TestContext.Current.CancellationToken);
        var body = StripeEvents.Checkout(LedgerKit.NewSessionId());

        using var wrong = await receiver.DeliverAsync(body, StripeEvents.Sign(body, TimeProvider.System.GetUtcNow(), "whsec_another"));
        await Eventually.GetAsync(reports.ReadAsync, report => report is { SignatureFailures: 1, SignatureFailedAt: not null }, TestContext.Current.CancellationToken);
        using var correct = await receiver.DeliverAsync(body);
        await Eventually.GetAsync(reports.ReadAsync, report => report is { SignatureFailures: 0, SignatureVerifiedAt: not null }, TestContext.Current.CancellationToken);
    }
}
