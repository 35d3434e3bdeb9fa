using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Objects;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>Reads the journal's segments into the tables, the oldest first.</summary>
internal sealed class JournalReader(IEnumerable<ITable> tables)
{
    private readonly Dictionary<string, ITable> _tables = tables.ToDictionary(table => table.Kind, StringComparer.Ordinal);

    /// <returns>The number of unreadable lines.</returns>
    public int Read(string path, Journal.Segment segment)
    {
        var unreadable = 0;
        foreach (var line in System.IO.File.ReadLines(path, Encoding.UTF8))
        {
            if (line.Length > 0 && !TryRead(line, segment))
            {
                unreadable++;
            }
        }

        return unreadable;
    }

    private bool TryRead(string line, Journal.Segment segment)
    {
        try
        {
            var json = JsonNode.Parse(line);
            if (!_tables.TryGetValue((string?)json?["kind"] ?? "", out var table))
            {
                return false;
            }

            if ((string?)json!["deleted"] is { } deleted)
            {
                table.Remove(deleted);
                segment.Records.Add(new Journal.Record(table, deleted));
                return true;
            }

            if (json["entity"]?.Deserialize(table.EntityType, StripeJson.Compact) is not IHasId entity)
            {
                return false;
            }

            table.Restore(entity, (long?)json["n"] ?? 0, segment.Number);
            segment.Records.Add(new Journal.Record(table, entity.Id));
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }
}
