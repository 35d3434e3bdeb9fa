using System.Collections.Concurrent;
using System.Threading.Channels;
using CheckoutAspire.StripeSandbox.Events;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>A try of a delivery that is due.</summary>
internal sealed record Delivery(SandboxEvent Event, int Attempt);

/// <summary>Events on their way to the endpoint; the API only ever adds to it.</summary>
internal sealed class WebhookQueue(IOptions<SandboxOptions> options, TimeProvider time)
{
    private readonly Channel<Delivery> _due = Channel.CreateUnbounded<Delivery>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _unacknowledged = new(StringComparer.Ordinal);

    public bool HasEndpoint => options.Value.WebhookUrl is not null;

    public ChannelReader<Delivery> Due => _due.Reader;

    public void Enqueue(IReadOnlyList<SandboxEvent> events)
    {
        if (!HasEndpoint)
        {
            return;
        }

        foreach (var recorded in events)
        {
            if (recorded.Type == "checkout.session.completed")
            {
                _unacknowledged[recorded.Id] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _due.Writer.TryWrite(new Delivery(recorded, 1));
        }
    }

    /// <summary>Another try, when its time has come.</summary>
    public void EnqueueAgain(Delivery delivery) => _due.Writer.TryWrite(delivery);

    public void Acknowledge(SandboxEvent recorded)
    {
        if (_unacknowledged.TryRemove(recorded.Id, out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    /// <summary>Holds the buyer's redirect until the receiver has the event, but never longer than <paramref name="longest"/>.</summary>
    /// <remarks><see href="https://docs.stripe.com/checkout/fulfillment#redirect-hosted-checkout"/></remarks>
    public async Task WaitForAcknowledgementAsync(SandboxEvent recorded, TimeSpan longest, CancellationToken cancellationToken)
    {
        if (!_unacknowledged.TryGetValue(recorded.Id, out var waiting))
        {
            return;
        }

        try
        {
            await waiting.Task.WaitAsync(longest, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            _unacknowledged.TryRemove(recorded.Id, out _);
        }
    }
}
