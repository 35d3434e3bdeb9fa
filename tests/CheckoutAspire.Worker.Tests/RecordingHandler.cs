using System.Collections.Concurrent;
using CheckoutAspire.Fulfillment;

namespace CheckoutAspire.Worker.Tests;

/// <summary>A merchant's handler that records the orders and runs the test's action.</summary>
public sealed class RecordingHandler(string name, Func<PaidOrder, int, CancellationToken, Task>? act = null) : IFulfillmentHandler
{
    private readonly ConcurrentQueue<PaidOrder> _orders = new();

    public string Name { get; } = name;

    public IReadOnlyCollection<PaidOrder> Orders => _orders;

    public async Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken)
    {
        _orders.Enqueue(order);
        await (act?.Invoke(order, _orders.Count, cancellationToken) ?? Task.CompletedTask);
    }
}
