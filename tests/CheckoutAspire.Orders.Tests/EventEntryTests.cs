using System.Text;
using CheckoutAspire.Orders.Events;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Tests;

public sealed class EventEntryTests
{
    private static readonly EventEntry s_entry = new(
        "evt_1", "charge.refunded", "ch_1", Livemode: true, "00-ab", DateTimeOffset.FromUnixTimeMilliseconds(1_763_884_800_123), "{}", Attempts: 3,
        ApiVersion: "2026-10-28.endive");

    /// <summary>The entry as scripts write it, and as it waits for a retry.</summary>
    private static readonly NameValueEntry[] s_fields =
    [
        new("id", "evt_1"), new("type", "charge.refunded"), new("object", "ch_1"), new("livemode", "1"), new("traceparent", "00-ab"),
        new("received_at", "1763884800123"), new("api_version", "2026-10-28.endive"), new("body", "{}"), new("attempts", 3),
    ];

    [Fact]
    public void An_entry_is_written_as_the_packed_event_and_its_body() => Assert.Equal(
        [
            "event", "\u00a5evt_1\u00afcharge.refunded\u00a4ch_1\u00a11\u00a500-ab\u00ad1763884800123\u00b12026-10-28.endive",
            "body", "{}",
        ],
        s_entry.ToPairs().SelectMany(pair => new[] { pair.Name.ToString(), Encoding.Latin1.GetString((byte[])pair.Value!) }));

    [Theory]
    [InlineData("")]
    [InlineData("2026-10-28.endive")]
    public void A_written_entry_is_read_back(string apiVersion)
    {
        var written = s_entry with { ApiVersion = apiVersion, ObjectId = new string('x', 300), Type = new string('y', 40) };
        Assert.True(EventEntry.TryRead(Stored([.. written.ToPairs(), new("attempts", 3)]), out var entry));
        Assert.Equal(written, entry);
    }

    [Fact]
    public void A_packed_event_that_is_cut_short_anywhere_is_not_read()
    {
        var packed = (byte[])s_entry.ToPairs()[0].Value!;
        for (var length = 0; length < packed.Length; length++)
        {
            Assert.False(EventEntry.TryRead(Stored([new("event", packed[..length]), new("body", "{}")]), out var entry));
            Assert.True(entry.Id.IsNull);
        }
    }

    [Theory]
    [InlineData(0x91)]
    [InlineData(0xc0)]
    [InlineData(0xda)]
    public void A_packed_event_that_holds_something_else_than_strings_is_not_read(byte head)
    {
        var packed = (byte[])s_entry.ToPairs()[0].Value!;
        packed[0] = head;
        Assert.False(EventEntry.TryRead(Stored([new("event", packed), new("body", "{}")]), out _));
    }

    [Fact]
    public void Order_and_unknown_fields_do_not_matter()
    {
        Assert.True(EventEntry.TryRead(Stored([new("later", "1"), .. s_fields.Reverse()]), out var entry));
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
        Assert.False(EventEntry.TryRead(Stored([.. s_fields.Where(pair => pair.Name != field)]), out _));
        Assert.False(EventEntry.TryRead(Stored(With(field, "")), out _));
    }

    [Fact]
    public void An_entry_that_is_no_longer_in_the_stream_has_no_fields() => Assert.False(EventEntry.TryRead(StreamEntry.Null, out _));

    private static StreamEntry Stored(NameValueEntry[] fields) =>
        new("1-1", [.. fields.Select(field => new NameValueEntry((byte[])field.Name!, (byte[])field.Value!))]);

    private static NameValueEntry[] With(string name, string value) =>
        [.. s_fields.Select(pair => pair.Name == name ? new NameValueEntry(name, value) : pair)];
}
