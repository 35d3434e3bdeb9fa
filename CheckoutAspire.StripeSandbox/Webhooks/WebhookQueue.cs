using System.Collections.Concurrent;
using System.Threading.Channels;
using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.StripeCli;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>Wakes the sender when something is due, and the buyer when his event was acknowledged.</summary>
internal sealed class WebhookQueue(IOptions<SandboxOptions> options, TimeProvider time, CliListeners listeners)
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    /// <summary>The endpoint that the environment names.</summary>
    public StoredEndpoint? Configured { get; } = options.Value.WebhookUrl is { } url
        ? StoredEndpoint.Configured(url, options.Value.WebhookSecrets)
        : null;

    /// <summary>Tells all who wait that events were recorded.</summary>
    public void Announce(IReadOnlyList<SandboxEvent> events)
    {
        if (events.Count > 0)
        {
            Wake();
            listeners.Announce(events);
        }
    }

    /// <summary>Has the sender look for what is due.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    public async Task WaitAsync(CancellationToken cancellationToken) => await _wake.Reader.ReadAsync(cancellationToken);

    /// <summary>Every endpoint has the event.</summary>
    public void Acknowledge(SandboxEvent recorded)
    {
        if (_waiting.TryRemove(recorded.Id, out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    /// <summary>Holds the buyer's redirect until the receiver has the event, but never longer than <paramref name="longest"/>.</summary>
    /// <remarks><see href="https://docs.stripe.com/checkout/fulfillment#redirect-hosted-checkout"/></remarks>
    public async Task WaitForAcknowledgementAsync(SandboxEvent recorded, TimeSpan longest, CancellationToken cancellationToken)
    {
        var waiting = _waiting.GetOrAdd(
            recorded.Id, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            if (recorded.PendingWebhooks > 0)
            {
                await waiting.Task.WaitAsync(longest, time, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            // The buyer goes on; the deliveries do too.
        }
        finally
        {
            _waiting.TryRemove(recorded.Id, out _);
        }
    }
}
