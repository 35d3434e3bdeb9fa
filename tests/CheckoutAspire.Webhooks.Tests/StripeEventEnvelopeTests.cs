using System.Text;

namespace CheckoutAspire.Webhooks.Tests;

public sealed class StripeEventEnvelopeTests
{
    private const string Plain =
        """{"id":"evt_1","object":"event","type":"charge.refunded","livemode":true,"data":{"object":{"id":"ch_1","metadata":{"traceparent":"00-ab"}}}}""";

    [Fact]
    public void An_event_is_its_id_type_mode_object_and_trace()
    {
        var envelope = ReadEvent(Plain);

        Assert.Equal(
            ("evt_1", "charge.refunded", true, "ch_1", "00-ab"),
            (Text(envelope.Id), Text(envelope.Type), envelope.Livemode, Text(envelope.ObjectId), Text(envelope.Traceparent)));
    }

    [Theory]
    [InlineData("""{"data":{"object":{"metadata":{"traceparent":"00-ab"},"id":"ch_1"}},"livemode":true,"type":"charge.refunded","id":"evt_1"}""")]
    [InlineData(
        """{"request":{"id":"req_1"},"id":"evt_1","type":"charge.refunded","livemode":true,"data":{"object":{"id":"ch_1","metadata":{"traceparent":"00-ab"}}},"pending":[{"id":"evt_2"}]}""")]
    [InlineData(
        """{"id":"evt_1","type":"charge.refunded","livemode":true,"data":{"previous_attributes":{"object":{"id":"ch_2"}},"object":{"id":"ch_1","metadata":{"traceparent":"00-ab"}}}}""")]
    [InlineData(
        """{"id":"evt_1","type":"charge.refunded","livemode":true,"data":{"object":{"id":"ch_1","metadata":{"traceparent":"00-ab"}},"previous_attributes":{"object":{"id":"ch_2"}}}}""")]
    [InlineData(
        """{"id":"evt_1","type":"charge.refunded","livemode":true,"data":{"object":{"refunds":{"id":"re_1","metadata":{"traceparent":"00-cd"}},"id":"ch_1","metadata":{"x":"1","traceparent":"00-ab","y":"2"},"z":[1]}}}""")]
    [InlineData(
        """{"id":"evt_1","type":"charge.refunded","livemode":true,"data":{"object":{"id":"ch_1","metadata":{"x":{"traceparent":"00-cd"},"traceparent":"00-ab"}}}}""")]
    [InlineData(
        """{"\u0069d":"evt_\u0031","type":"charge\u002erefunded","livemode":true,"data":{"object":{"id":"ch\u005f1","metadata":{"traceparent":"00-\u0061b"}}}}""")]
    public void Order_neighbors_and_escapes_change_nothing(string body)
    {
        var (envelope, plain) = (ReadEvent(body), ReadEvent(Plain));

        Assert.Equal(
            (Text(plain.Id), Text(plain.Type), plain.Livemode, Text(plain.ObjectId), Text(plain.Traceparent)),
            (Text(envelope.Id), Text(envelope.Type), envelope.Livemode, Text(envelope.ObjectId), Text(envelope.Traceparent)));
    }

    [Theory]
    [InlineData("""{"id":"evt_1","type":"t","livemode":false,"data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","livemode":"true","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","livemode":{"id":"evt_2","x":true},"data":{"object":{"id":"ch_1","metadata":null}}}""")]
    [InlineData("""{"livemode":[{"id":"evt_2"}],"id":"evt_1","type":"t","data":{"object":{"metadata":[{"traceparent":"00-ab"}],"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"metadata":"","id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"metadata":{"traceparent":{"traceparent":"00-ab"}},"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"metadata":{"traceparent":["00-ab"]},"id":"ch_1"}}}""")]
    public void A_mode_or_trace_context_of_another_type_is_treated_as_absent(string body)
    {
        var envelope = ReadEvent(body);

        Assert.Equal(("evt_1", "ch_1", false, ""), (Text(envelope.Id), Text(envelope.ObjectId), envelope.Livemode, Text(envelope.Traceparent)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"type":"t","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t"}""")]
    [InlineData("""{"id":1,"type":"t","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":["evt_1"],"type":"t","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"id":{"id":"ch_1"}}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":"ch_1"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":[{"id":"ch_1"}]}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":[{"object":{"id":"ch_1"}}]}""")]
    [InlineData("""{"data":"x","id":"evt_1","type":"t","object":{"id":"ch_1"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":"x","object":{"id":"ch_1"}}""")]
    public void Without_an_id_a_type_or_an_object_s_id_nothing_can_be_done(string body) =>
        Assert.Equal(EnvelopeKind.Incomplete, StripeEventEnvelope.Read(Encoding.UTF8.GetBytes(body), out _));

    [Theory]
    [InlineData("""{"id":"evt_1","type":"t","account":"acct_1","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"data":{"object":{"id":"ch_1"}},"type":"t","id":"evt_1","account":"acct_1"}""")]
    public void An_event_with_an_account_is_of_a_connected_account(string body) =>
        Assert.Equal(EnvelopeKind.OfConnectedAccount, StripeEventEnvelope.Read(Encoding.UTF8.GetBytes(body), out _));

    [Theory]
    [InlineData("""{"id":"evt_1","type":"t","account":null,"data":{"object":{"id":"ch_1","account":"acct_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","account":"","data":{"object":{"id":"ch_1"}}}""")]
    public void An_event_without_an_account_of_its_own_is_the_account_s(string body) =>
        Assert.Equal(EnvelopeKind.Event, StripeEventEnvelope.Read(Encoding.UTF8.GetBytes(body), out _));

    [Theory]
    [InlineData("""{"id":"evt_1","id":"evt_2","type":"t","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","\u0069d":"evt_2","type":"t","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","type":"u","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","livemode":true,"livemode":false,"data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"id":"ch_1"}},"data":{"object":{"id":"ch_2"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"id":"ch_1"},"object":{"id":"ch_2"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":null,"object":{"id":"ch_2"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"id":"ch_1","id":"ch_2"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","account":"acct_1","account":null,"data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"id":"ch_1","metadata":{"traceparent":"a","traceparent":"b"}}}}""")]
    public void A_duplicate_member_is_rejected(string body) =>
        Assert.Equal(EnvelopeKind.Unparsable, StripeEventEnvelope.Read(Encoding.UTF8.GetBytes(body), out _));

    [Theory]
    [InlineData("""{"id":"\ud800","type":"t","data":{"object":{"id":"ch_1"}}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"id":"\udc00"}}}""")]
    [InlineData("""{"id":"evt_1","\ud800":1,"type":"t","data":{"object":{"id":"ch_1"}}}""")]
    public void Half_a_surrogate_pair_where_text_is_read_is_not_text(string body) =>
        Assert.Equal(EnvelopeKind.Unparsable, StripeEventEnvelope.Read(Encoding.UTF8.GetBytes(body), out _));

    [Fact]
    public void The_api_version_is_read()
    {
        var envelope = ReadEvent("""{"id":"evt_1","type":"t","api_version":"2024-06-20","data":{"object":{"id":"ch_1"}}}""");

        Assert.Equal("2024-06-20", Text(envelope.ApiVersion));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"evt_1\"")]
    [InlineData(Plain + "x")]
    [InlineData(Plain + "{}")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"id":"ch_1"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"object":{"id":"ch_1","x":01}}}""")]
    public void A_body_that_is_not_one_complete_JSON_object_is_unparsable(string body) =>
        Assert.Equal(EnvelopeKind.Unparsable, StripeEventEnvelope.Read(Encoding.UTF8.GetBytes(body), out _));

    [Fact]
    public void A_thin_event_names_its_object_and_does_not_carry_it() => Assert.Equal(
        EnvelopeKind.Thin,
        StripeEventEnvelope.Read("""{"id":"evt_1","object":"v2.core.event","type":"t","data":{"object":{"id":"ch_1"}}}"""u8.ToArray(), out _));

    private static StripeEventEnvelope ReadEvent(string body)
    {
        Assert.Equal(EnvelopeKind.Event, StripeEventEnvelope.Read(Encoding.UTF8.GetBytes(body), out var envelope));
        return envelope;
    }

    private static string Text(ReadOnlyMemory<byte> slice) => Encoding.UTF8.GetString(slice.Span);
}
