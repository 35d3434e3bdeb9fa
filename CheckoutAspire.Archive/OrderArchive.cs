using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.Orders.Archive;
using Dapper;

namespace CheckoutAspire.Archive;

/// <summary>The archive in SQLite or PostgreSQL. Both speak the SQL that is used here.</summary>
internal sealed class OrderArchive(ArchiveDatabase database) : IOrderArchive
{
    private const int DeletedAtOnce = 1000;

    private const string Columns =
        "id AS Id, owner AS Owner, buyer AS Buyer, created_at AS CreatedAt, changed_at AS ChangedAt, fields AS Fields, renewals AS Renewals";

    private const string InsertOrder = """
        INSERT INTO archived_orders (id, owner, buyer, created_at, changed_at, fields, renewals)
        VALUES (@Id, @Owner, @Buyer, @CreatedAt, @ChangedAt, @Fields, @Renewals)
        ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, buyer = excluded.buyer, created_at = excluded.created_at,
          changed_at = excluded.changed_at, fields = excluded.fields, renewals = excluded.renewals
        """;

    private const string InsertOwner =
        "INSERT INTO archived_owners (owner, created_at, id) VALUES (@Owner, @CreatedAt, @Id) ON CONFLICT (owner, created_at, id) DO NOTHING";

    private const string DeleteOwner = "DELETE FROM archived_owners WHERE owner = @Owner AND created_at = @CreatedAt AND id = @Id";

    private const string InsertReference =
        "INSERT INTO archived_references (reference, id) VALUES (@Reference, @Id) ON CONFLICT (reference) DO UPDATE SET id = excluded.id";

    private const string InsertStep = """
        INSERT INTO archived_steps (partition, entry_id, at, order_id, what, detail) VALUES (@Partition, @EntryId, @At, @OrderId, @What, @Detail)
        ON CONFLICT (partition, entry_id) DO NOTHING
        """;

    private static readonly string s_isBeginning =
        "(" + string.Join(" OR ", OrderBeginning.Steps.Select(step => $"(what = '{step.What}' AND detail LIKE '{step.Detail}%')")) + ")";

    public Task SaveAsync(IReadOnlyCollection<ArchivedOrder> orders, IReadOnlyCollection<ArchivedStep> steps) =>
        database.RunAsync<object?>(async (connection, transaction) =>
        {
            // A worker that was paused for long may come with an old copy.
            const string IfNewer = InsertOrder + " WHERE excluded.changed_at >= archived_orders.changed_at";
            await connection.ExecuteAsync(IfNewer, orders.Select(OrderRow.From), transaction);
            await connection.ExecuteAsync(InsertOwner, orders.SelectMany(OwnerRow.Of), transaction);
            await connection.ExecuteAsync(InsertReference, orders.SelectMany(order => order.References.Select(id => new { Reference = id, order.Id })), transaction);
            await connection.ExecuteAsync(
                InsertStep,
                steps.Select(step => new { step.Partition, step.EntryId, At = TimeOf(step.EntryId), step.OrderId, step.What, step.Detail }),
                transaction);
            return null;
        });

    public Task SaveAuditAsync(IReadOnlyCollection<ArchivedAuditEntry> entries) => database.RunAsync(
        (connection, transaction) => connection.ExecuteAsync(
            "INSERT INTO archived_audit (entry_id, at, fields) VALUES (@EntryId, @At, @Fields) ON CONFLICT (entry_id) DO NOTHING",
            entries.Select(entry => new { entry.EntryId, At = TimeOf(entry.EntryId), Fields = ArchiveJson.Write(entry.Fields) }),
            transaction));

    public async Task<ArchivedOrder?> FindAsync(string id) =>
        (await database.QueryAsync<OrderRow>($"SELECT {Columns} FROM archived_orders WHERE id = @id", new { id })) is [var row] ? row.ToOrder() : null;

    public async Task<string?> FindByReferenceAsync(string reference) =>
        (await database.QueryAsync<string>("SELECT id FROM archived_references WHERE reference = @reference", new { reference })) is [var id] ? id : null;

    public async Task<IReadOnlyList<(string Id, DateTimeOffset CreatedAt)>> ListAsync(string owner, (string Id, DateTimeOffset CreatedAt)? after, int count)
    {
        var rows = await database.QueryAsync<ListedRow>(
            """
            SELECT id AS Id, created_at AS CreatedAt FROM archived_owners
            WHERE owner = @owner AND created_at <= @at AND (created_at < @at OR id < @id)
            ORDER BY created_at DESC, id DESC LIMIT @count
            """,
            new { owner, at = after?.CreatedAt.ToUnixTimeMilliseconds() ?? long.MaxValue, id = after?.Id ?? "", count });
        return [.. rows.Select(row => (row.Id, DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt)))];
    }

    public async Task<IReadOnlyList<OrderBeginning>> ListBegunAsync(OrderBeginning? after, int count) => await database.QueryAsync<OrderBeginning>(
        $"""
        SELECT at AS At, order_id AS Id FROM archived_steps
        WHERE at <= @at AND (at < @at OR order_id < @id) AND {s_isBeginning}
        ORDER BY at DESC, order_id DESC LIMIT @count
        """,
        new { at = after?.At ?? long.MaxValue, id = after?.Id ?? "", count });

    public async Task<IReadOnlySet<string>> FindBegunAsync(IReadOnlyCollection<string> ids)
    {
        // Dapper hands a list to PostgreSQL as an array, which IN does not take.
        var parameters = new DynamicParameters();
        var names = ids.Select((id, number) => (Name: string.Create(CultureInfo.InvariantCulture, $"@id{number}"), Id: id)).ToList();
        names.ForEach(one => parameters.Add(one.Name, one.Id));
        return (await database.QueryAsync<string>(
            $"SELECT DISTINCT order_id FROM archived_steps WHERE order_id IN ({string.Join(", ", names.Select(one => one.Name))}) AND {s_isBeginning}", parameters))
            .ToHashSet(StringComparer.Ordinal);
    }

    public async Task<IReadOnlyList<ArchivedStep>> ListStepsAsync(string orderId) => await database.QueryAsync<ArchivedStep>(
        """
        SELECT partition AS Partition, entry_id AS EntryId, order_id AS OrderId, what AS What, detail AS Detail
        FROM archived_steps WHERE order_id = @orderId ORDER BY at, entry_id
        """,
        new { orderId });

    public async Task<IReadOnlyList<ArchivedAuditEntry>> ListAuditAsync(DateTimeOffset since, DateTimeOffset before, int count) =>
    [
        .. (await database.QueryAsync<AuditRow>(
            "SELECT entry_id AS EntryId, fields AS Fields FROM archived_audit WHERE at >= @since AND at < @before ORDER BY at, entry_id LIMIT @count",
            new { since = since.ToUnixTimeMilliseconds(), before = before.ToUnixTimeMilliseconds(), count }))
            .Select(row => new ArchivedAuditEntry(row.EntryId, ArchiveJson.Read(row.Fields))),
    ];

    public Task ReplaceAsync(ArchivedOrder order, string formerBuyer) => database.RunAsync<object?>(async (connection, transaction) =>
    {
        await connection.ExecuteAsync(InsertOrder, OrderRow.From(order), transaction);
        await connection.ExecuteAsync(DeleteOwner, OwnerRow.Of(order with { Owner = "", Buyer = formerBuyer }), transaction);
        await connection.ExecuteAsync(InsertOwner, OwnerRow.Of(order), transaction);
        return null;
    });

    public async Task<int> DeleteAsync(DateTimeOffset before)
    {
        var at = before.ToUnixTimeMilliseconds();
        var deleted = 0;
        int found;
        do
        {
            found = await database.RunAsync(async (connection, transaction) =>
            {
                ArchivedOrder[] orders =
                [
                    .. (await connection.QueryAsync<OrderRow>(
                        $"SELECT {Columns} FROM archived_orders WHERE changed_at < @at ORDER BY changed_at LIMIT {DeletedAtOnce}", new { at }, transaction))
                        .Select(row => row.ToOrder()),
                ];
                await connection.ExecuteAsync("DELETE FROM archived_orders WHERE id = @Id", orders.Select(order => new { order.Id }), transaction);
                await connection.ExecuteAsync("DELETE FROM archived_steps WHERE order_id = @Id AND at < @at", orders.Select(order => new { order.Id, at }), transaction);
                await connection.ExecuteAsync(DeleteOwner, orders.SelectMany(OwnerRow.Of), transaction);
                await connection.ExecuteAsync(
                    "DELETE FROM archived_references WHERE reference = @Reference",
                    orders.SelectMany(order => order.References.Select(id => new { Reference = id })),
                    transaction);
                return orders.Length;
            });
            deleted += found;
        }
        while (found == DeletedAtOnce);

        await database.RunAsync(async (connection, transaction) =>
            await connection.ExecuteAsync($"DELETE FROM archived_steps WHERE at < @at AND NOT {s_isBeginning}", new { at }, transaction)
            + await connection.ExecuteAsync("DELETE FROM archived_audit WHERE at < @at", new { at }, transaction));
        return deleted;
    }

    /// <summary>The time of a stream's entry: 1763884800123 of 1763884800123-0.</summary>
    private static long TimeOf(string entryId) => long.Parse(entryId.AsSpan(0, entryId.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    private sealed record AuditRow(string EntryId, string Fields);

    private sealed record ListedRow(string Id, long CreatedAt);

    private sealed record OwnerRow(string Owner, long CreatedAt, string Id)
    {
        public static IEnumerable<OwnerRow> Of(ArchivedOrder order) =>
            ((string[])[order.Owner, order.Buyer]).Where(owner => owner.Length > 0).Select(
                owner => new OwnerRow(owner, order.CreatedAt.ToUnixTimeMilliseconds(), order.Id));
    }

    private sealed record OrderRow(string Id, string Owner, string Buyer, long CreatedAt, long ChangedAt, string Fields, string Renewals)
    {
        public static OrderRow From(ArchivedOrder order) => new(
            order.Id, order.Owner, order.Buyer, order.CreatedAt.ToUnixTimeMilliseconds(), order.ChangedAt.ToUnixTimeMilliseconds(),
            ArchiveJson.Write(order.Fields), JsonSerializer.Serialize(order.Renewals, ArchiveJson.Default.IReadOnlyDictionaryStringInt64));

        public ArchivedOrder ToOrder() => new()
        {
            Id = Id,
            Owner = Owner,
            Buyer = Buyer,
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
            ChangedAt = DateTimeOffset.FromUnixTimeMilliseconds(ChangedAt),
            Fields = ArchiveJson.Read(Fields),
            Renewals = JsonSerializer.Deserialize(Renewals, ArchiveJson.Default.IReadOnlyDictionaryStringInt64)!,
        };
    }
}

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, long>))]
internal sealed partial class ArchiveJson : JsonSerializerContext
{
    public static IReadOnlyDictionary<string, string> Read(string json) => JsonSerializer.Deserialize(json, Default.IReadOnlyDictionaryStringString)!;

    public static string Write(IReadOnlyDictionary<string, string> fields) => JsonSerializer.Serialize(fields, Default.IReadOnlyDictionaryStringString);
}
