using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using CheckoutAspire.TestKit;
using CheckoutAspire.Worker.Events;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The scanner reads an event as the strict serializer does, or leaves it to the serializer.</summary>
public sealed class CheckoutEventScannerTests
{
    private const int Seed = 90_417;
    private const int Cases = 20_000;

    private const string Small =
        """
        {
          "created": 1,
          "data": {
            "object": {
              "id": "cs_1",
              "amount_subtotal": 9998,
              "amount_total": 8998,
              "allow_promotion_codes": true,
              "automatic_tax": {"enabled": true, "status": null},
              "client_reference_id": "Zürich",
              "created": 2,
              "currency": "usd",
              "expires_at": 3,
              "livemode": true,
              "metadata": {"source": "mcp_server", "note": "ü"},
              "mode": "payment",
              "other": {"id": 1, "id": 2},
              "payment_intent": "pi_1",
              "payment_status": "paid",
              "shipping_options": [{"shipping_amount": 500, "shipping_rate": "shr_1"}],
              "subscription": "sub_1"
            }
          }
        }
        """;

    private static readonly byte[] s_event = File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "CheckoutAspire.Benchmarks", "Load", "event.json"));

    [Fact]
    public void Usual_events_are_read_without_the_serializer()
    {
        Assert.True(AssertAlike(s_event, "Stripe's event"));
        Assert.True(AssertAlike(Encoding.UTF8.GetBytes(Small), "the small event"));
        Assert.True(AssertAlike(StripeEvents.Checkout("cs_1"), "the kit's event"));
    }

    [Fact]
    public void Changed_events_are_read_as_the_serializer_reads_them()
    {
        var mutations = new JsonMutations(Seed);
        var small = Encoding.UTF8.GetBytes(Small);
        var read = 0;
        for (var i = 0; i < Cases; i++)
        {
            read += AssertAlike(mutations.Mutate(i % 4 == 0 ? s_event : small), $"seed {Seed}, case {i}") ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {Seed}: {read} of {Cases} read by both.");
        Assert.InRange(read, Cases / 20, Cases);
    }

    /// <summary>The serializer words what is wrong with them, or reads them.</summary>
    [Theory]
    [InlineData("\"id\": \"cs_1\"", "\"id\": \"cs_1\", \"id\": \"cs_1\"")]
    [InlineData("\"id\": \"cs_1\"", "\"id\": \"cs_1\", \"\\u0069d\": \"cs_1\"")]
    [InlineData("\"id\": \"cs_1\"", "\"id\": \"cs\\u005f1\"")]
    [InlineData("\"id\": \"cs_1\"", "\"id\": null")]
    [InlineData("\"id\": \"cs_1\"", "\"x\": 1")]
    [InlineData("\"id\": \"cs_1\"", "\"id\": 1")]
    [InlineData("\"currency\": \"usd\"", "\"currency\": null")]
    [InlineData("\"created\": 1", "\"created\": 1, \"created\": 1")]
    [InlineData("\"created\": 1", "\"created\": 1.0")]
    [InlineData("\"created\": 1", "\"created\": 1e2")]
    [InlineData("\"created\": 1", "\"created\": \"1\"")]
    [InlineData("\"created\": 1", "\"created\": 9223372036854775808")]
    [InlineData("\"created\": 1", "\"data\": null")]
    [InlineData("\"livemode\": true", "\"livemode\": null")]
    [InlineData("\"livemode\": true", "\"livemode\": \"true\"")]
    [InlineData("\"enabled\": true", "\"enabled\": true, \"enabled\": true")]
    [InlineData("\"enabled\": true", "\"enabled\": null")]
    [InlineData("\"source\": \"mcp_server\"", "\"source\": \"mcp_server\", \"source\": \"mcp_server\"")]
    [InlineData("\"source\": \"mcp_server\"", "\"source\": null")]
    [InlineData("\"source\": \"mcp_server\"", "\"source\": 1")]
    [InlineData("\"source\": \"mcp_server\"", "\"s\\u006furce\": \"mcp_server\"")]
    [InlineData("\"shipping_amount\": 500", "\"shipping_amount\": 500, \"shipping_amount\": 500")]
    [InlineData("\"mode\": \"payment\"", "\"mode\": \"\\ud800\"")]
    [InlineData("\"data\": {", "\"data\": {\"object\": null,")]
    [InlineData("\"data\": {", "\"data\": [{")]
    public void Unusual_events_are_left_to_the_serializer(string usual, string unusual)
    {
        var changed = Small.Replace(usual, unusual, StringComparison.Ordinal);

        Assert.NotEqual(Small, changed);
        Assert.False(CheckoutEventScanner.TryRead(Encoding.UTF8.GetBytes(changed), out _));
    }

    [Fact]
    public void What_follows_the_event_is_left_to_the_serializer() =>
        Assert.False(CheckoutEventScanner.TryRead(Encoding.UTF8.GetBytes(Small + "x"), out _));

    [Fact]
    public void Text_that_is_not_UTF_8_is_left_to_the_serializer() =>
        Assert.False(CheckoutEventScanner.TryRead(Encoding.Latin1.GetBytes(Small), out _));

    [Fact]
    public void Texts_that_occur_in_each_event_are_allocated_once()
    {
        var (first, second) = (EventJson.ReadCheckout(s_event).Data.Object, EventJson.ReadCheckout(s_event).Data.Object);

        Assert.Same(first.Currency, second.Currency);
        Assert.Same(first.PaymentStatus, second.PaymentStatus);
        Assert.Same(first.Mode, second.Mode);
    }

    /// <summary>Returns whether the scanner read the event.</summary>
    private static bool AssertAlike(byte[] json, string what)
    {
        if (!CheckoutEventScanner.TryRead(json, out var scanned))
        {
            return false;
        }

        var text = $"{what}: {Encoding.Latin1.GetString(json)}";
        StripeEvent<CheckoutSession>? read = null;
        Assert.True(Record.Exception(() => read = EventJson.ReadEvent(json, EventJson.Default.StripeEventCheckoutSession)) is null, text);
        Assert.True(RawOptions(read!) == RawOptions(scanned) && JsonOf(read!) == JsonOf(scanned), text);
        return true;
    }

    /// <summary>As written: an element may have a string that is not text.</summary>
    private static string RawOptions(StripeEvent<CheckoutSession> read) =>
        read.Data.Object.ShippingOptions is { } options ? Encoding.Latin1.GetString(JsonMarshal.GetRawUtf8Value(options)) : "";

    private static string JsonOf(StripeEvent<CheckoutSession> read) => JsonSerializer.Serialize(
        read with { Data = new() { Object = read.Data.Object with { ShippingOptions = null } } }, EventJson.Default.StripeEventCheckoutSession);
}
