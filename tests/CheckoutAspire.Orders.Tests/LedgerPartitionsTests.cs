using System.Text;
using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Orders.Tests;

public sealed class LedgerPartitionsTests
{
    [Fact]
    public void A_session_is_always_found_in_the_same_partition()
    {
        var partitions = Create(4);

        // CRC32 (IEEE) of "123456789" is 0xCBF43926, the check value of the catalogs: 0xCBF43926 % 4 = 2.
        Assert.Equal(2, partitions.Of("123456789").Number);
        Assert.Same(partitions.Of("123456789"), partitions.Of("123456789"u8));
    }

    [Fact]
    public void Sessions_spread_over_all_partitions()
    {
        var partitions = Create(4);

        var counts = Enumerable.Range(0, 4000).CountBy(_ => partitions.Of(LedgerKit.NewSessionId()).Number).ToDictionary();

        Assert.Equal(4, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 800, 1200));
    }

    [Fact]
    public void Every_key_of_a_partition_carries_its_hash_tag()
    {
        var partition = Create(4).All[3];

        Assert.All(
            [
                partition.Events, partition.Dead, partition.Journal, partition.Open, partition.Owed, partition.Order("cs_1"),
                partition.Request("owner", "key"), partition.Sold("owner"), partition.Owned("owner"),
            ],
            key => Assert.StartsWith("co:{p3}:", key.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void An_id_of_any_length_has_a_partition()
    {
        var id = new string('x', 5000);

        Assert.Same(Create(4).Of(id).GetType(), Create(4).Of(Encoding.UTF8.GetBytes(id)).GetType());
        Assert.Equal(Create(4).Of(id).Number, Create(4).Of(Encoding.UTF8.GetBytes(id)).Number);
    }

    private static LedgerPartitions Create(int count) => new(Options.Create(new OrdersOptions { Partitions = count }));
}
