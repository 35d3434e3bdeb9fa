using System.Collections.Concurrent;
using System.Threading.Channels;
using CheckoutAspire.StripeSandbox.Objects;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>Wakes the sender when a delivery is due, and lets the payment page wait until an event has been acknowledged.</summary>
internal sealed class WebhookQueue(IOptions<SandboxOptions> options, TimeProvider time)
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    /// <summary>The endpoint that <c>SANDBOX_WEBHOOK_URL</c> configures.</summary>
    public StoredEndpoint? Configured { get; } = options.Value.WebhookUrl is { } url
        ? StoredEndpoint.Configured(url, options.Value.WebhookSecrets)
        : null;

    /// <summary>Makes the sender look for due deliveries.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    public async Task WaitAsync(CancellationToken cancellationToken) => await _wake.Reader.ReadAsync(cancellationToken);

    /// <summary>Reports that every endpoint has acknowledged the event.</summary>
    public void Acknowledge(SandboxEvent recorded)
    {
        if (_waiting.TryRemove(recorded.Id, out var waiting))
        {
            waiting.TrySetResult();
        }
    }

    /// <summary>Delays the buyer's redirect until the receiver has acknowledged the event, for at most <paramref name="longest"/>.</summary>
    /// <remarks><see href="https://docs.stripe.com/checkout/fulfillment#redirect-hosted-checkout"/></remarks>
    public async Task WaitForAcknowledgementAsync(SandboxEvent recorded, TimeSpan longest, CancellationToken cancellationToken)
    {
        var waiting = _waiting.GetOrAdd(
            recorded.Id, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            if (recorded is { PendingWebhooks: > 0, IsUndelivered: false })
            {
                await waiting.Task.WaitAsync(longest, time, cancellationToken);
            }
        }
        catch (TimeoutException)
        {
            // The buyer is redirected; the deliveries go on.
        }
        finally
        {
            _waiting.TryRemove(recorded.Id, out _);
        }
    }
}
