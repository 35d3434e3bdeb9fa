using Microsoft.EntityFrameworkCore;

namespace OrderDatabase;

/// <summary>An order as the warehouse stores it.</summary>
public class StoredOrder
{
    /// <summary>The order's id, cs_… or in_…: the primary key, so that an order cannot be stored twice.</summary>
    public required string Id { get; set; }

    public required string Reference { get; set; }

    public string? Email { get; set; }

    public string? ShipTo { get; set; }

    public string? ShippingRate { get; set; }

    public long AmountTotal { get; set; }

    public required string Currency { get; set; }

    public List<StoredLine> Lines { get; set; } = [];
}

/// <summary>What to put into the parcel.</summary>
public class StoredLine
{
    public int Id { get; set; }

    public string? ProductId { get; set; }

    public required string Name { get; set; }

    public long Quantity { get; set; }

    public long AmountTotal { get; set; }
}

/// <summary>The warehouse's database.</summary>
public class OrderContext(DbContextOptions<OrderContext> options) : DbContext(options)
{
    public DbSet<StoredOrder> Orders => Set<StoredOrder>();
}
