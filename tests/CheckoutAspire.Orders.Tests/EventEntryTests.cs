using CheckoutAspire.Orders.Events;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

public sealed class EventEntryTests
{
    private static readonly EventEntry s_entry = new(
        "evt_1", "charge.refunded", "ch_1", Livemode: true, "00-ab", DateTimeOffset.FromUnixTimeMilliseconds(1_763_884_800_123), "{}", Attempts: 3);

    [Fact]
    public void An_entry_is_written_under_the_names_of_the_contract() => Assert.Equal(
        ["id", "evt_1", "type", "charge.refunded", "object", "ch_1", "livemode", "1", "traceparent", "00-ab", "received_at", "1763884800123", "body", "{}"],
        s_entry.ToPairs().SelectMany(pair => new[] { pair.Name.ToString(), pair.Value.ToString() }));

    [Fact]
    public void A_written_entry_is_read_back()
    {
        Assert.True(EventEntry.TryRead(Stored([.. s_entry.ToPairs(), new("attempts", 3)]), out var entry));
        Assert.Equal(s_entry, entry);
    }

    [Fact]
    public void Order_and_unknown_fields_do_not_matter()
    {
        Assert.True(EventEntry.TryRead(Stored([new("later", "1"), new("attempts", 3), .. s_entry.ToPairs().Reverse()]), out var entry));
        Assert.Equal(s_entry, entry);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("true")]
    [InlineData("")]
    public void Only_1_is_livemode(string livemode)
    {
        Assert.True(EventEntry.TryRead(Stored(With("livemode", livemode)), out var entry));
        Assert.False(entry.Livemode);
    }

    [Fact]
    public void A_value_that_is_not_a_number_is_read_as_0()
    {
        Assert.True(EventEntry.TryRead(Stored([.. With("received_at", "soon"), new("attempts", "many")]), out var entry));
        Assert.Equal((0, default), (entry.Attempts, entry.ReceivedAt));
    }

    [Theory]
    [InlineData("id")]
    [InlineData("type")]
    [InlineData("object")]
    [InlineData("body")]
    public void An_entry_without_its_object_is_not_read(string field)
    {
        Assert.False(EventEntry.TryRead(Stored([.. s_entry.ToPairs().Where(pair => pair.Name != field)]), out _));
        Assert.False(EventEntry.TryRead(Stored(With(field, "")), out _));
    }

    [Fact]
    public void An_entry_that_is_no_longer_in_the_stream_has_no_fields() => Assert.False(EventEntry.TryRead(StreamEntry.Null, out _));

    private static StreamEntry Stored(NameValueEntry[] fields) =>
        new("1-1", [.. fields.Select(field => new NameValueEntry((byte[])field.Name!, (byte[])field.Value!))]);

    private static NameValueEntry[] With(string name, string value) =>
        [.. s_entry.ToPairs().Select(pair => pair.Name == name ? new NameValueEntry(name, value) : pair)];
}
