using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Events;
using StackExchange.Redis;
using Stripe;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// Appends what reconciliation finds to the stream that the receiver appends to, as an event. The worker applies both in the same
/// way, and events that it knows already change nothing.
/// </summary>
internal sealed class FindingFeed(EventStream events, LedgerPartitions partitions, ReconciliationIndex index, LedgerMode mode, TimeProvider time)
{
    /// <param name="finding">The finding.</param>
    /// <param name="again">Whether to append it even if it was appended before in the same state.</param>
    /// <returns>Whether the finding was appended; false if it was before, in the same state.</returns>
    public async Task<bool> AppendAsync(Finding finding, bool again = false)
    {
        if (finding.State is { } state)
        {
            if (!again && await index.FindAppendedAsync(finding.Id) == state)
            {
                return false;
            }

            await AppendEntryAsync(finding);
            await index.RememberAppendedAsync(finding.Id, state, finding.RememberFor);
            return true;
        }

        await AppendEntryAsync(finding);
        return true;
    }

    private Task<RedisValue> AppendEntryAsync(Finding finding)
    {
        var now = time.GetUtcNow();
        var objectId = finding.Object.Text("id") ?? throw new JsonException("The object has no id.");
        var livemode = finding.Object["livemode"] is JsonValue value && value.TryGetValue(out bool flag) ? flag : mode.Livemode;
        var entryId = finding.Event?.Text("id") ?? EventTime.ReadPrefix + objectId;
        var version = finding.Event is { } read ? read.Text("api_version") ?? "" : StripeConfiguration.ApiVersion;
        var body = finding.Event ?? new JsonObject
        {
            ["id"] = entryId,
            ["object"] = "event",
            ["type"] = finding.Type,
            ["api_version"] = version,
            ["created"] = now.ToUnixTimeSeconds(),
            ["livemode"] = livemode,
            ["data"] = new JsonObject { ["object"] = Collapse(finding.Object) },
        };
        return events.AppendAsync(
            partitions.Of(objectId),
            new EventEntry(
                entryId,
                finding.Type,
                objectId,
                livemode,
                finding.Object.Object("metadata")?.Text(CheckoutMetadata.Traceparent) ?? "",
                now,
                JsonSerializer.SerializeToUtf8Bytes<JsonNode>(body),
                ApiVersion: version));
    }

    /// <summary>Replaces the expanded payment intent by its id, as events have it.</summary>
    private static JsonObject Collapse(JsonObject found)
    {
        var copy = found.DeepClone().AsObject();
        if (copy.Object("payment_intent") is { } intent)
        {
            copy["payment_intent"] = intent.Text("id");
        }

        return copy;
    }
}
