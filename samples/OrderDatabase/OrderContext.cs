using Microsoft.EntityFrameworkCore;

namespace OrderDatabase;

/// <summary>An order as the warehouse stores it.</summary>
public class StoredOrder
{
    /// <summary>The order's id, cs_… or in_…: the primary key, so that an order cannot be stored twice.</summary>
    public required string Id { get; set; }

    public required string Reference { get; set; }

    public required string Products { get; set; }

    public long AmountTotal { get; set; }

    public required string Currency { get; set; }
}

/// <summary>The warehouse's database.</summary>
public class OrderContext(DbContextOptions<OrderContext> options) : DbContext(options)
{
    public DbSet<StoredOrder> Orders => Set<StoredOrder>();
}
