using System.Collections.Concurrent;
using CheckoutAspire.TestKit;
using ModelContextProtocol;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>Collects the messages of progress notifications. The client may handle two of them at the same time, in either order.</summary>
internal sealed class Steps : IProgress<ProgressNotificationValue>
{
    private readonly ConcurrentQueue<ProgressNotificationValue> _said = new();

    public void Report(ProgressNotificationValue value) => _said.Enqueue(value);

    public Task SaidAsync(string words, int times = 1) => Eventually.GetAsync(
        () => Task.FromResult(_said.Count(step => step.Message!.Contains(words, StringComparison.Ordinal))), count => count >= times, TestContext.Current.CancellationToken);
}
