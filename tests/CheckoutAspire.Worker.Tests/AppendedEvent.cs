using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Partitions;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Tests;

/// <summary>An event in the stream, with its body.</summary>
internal sealed record AppendedEvent(string Id, string Type, string ObjectId, string ApiVersion, JsonNode Body)
{
    public JsonNode Object => Body["data"]!["object"]!;

    public static async Task<IReadOnlyList<AppendedEvent>> ReadAsync(IDatabase database, LedgerPartition partition) =>
        [.. (await database.StreamRangeAsync(partition.Events)).Select(Read)];

    public override string ToString() => $"{Type} {ObjectId}";

    private static AppendedEvent Read(StreamEntry stored)
    {
        Assert.True(EventEntry.TryRead(stored, out var entry));
        return new AppendedEvent(
            entry.Id.ToString(), entry.Type.ToString(), entry.ObjectId.ToString(), entry.ApiVersion.ToString(), JsonNode.Parse((byte[])entry.Body!)!);
    }
}
