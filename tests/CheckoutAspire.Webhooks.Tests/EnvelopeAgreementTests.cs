using System.Runtime.InteropServices;
using System.Text;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Webhooks.Tests;

/// <summary>An event is read as the runtime's reader reads it: the same kind, and the same places of the body.</summary>
public sealed class EnvelopeAgreementTests
{
    private const int Seed = 47_811;
    private const int Cases = 20_000;

    private const string Account = "\n\"account\": \"acct_1\",";

    private const string Small =
        """
        {
        "id": "evt_1",
        "object": "event",
        "type": "charge.refunded",
        "api_version": "2024-06-20",
        "livemode": true,
        "data": {
        "previous_attributes": {"id": "ch_2", "object": {"id": "ch_3"}},
        "object": {
        "id": "ch_1",
        "metadata": {
        "traceparent": "00-ab",
        "note": "ü"
        }
        }
        }
        }
        """;

    private static readonly byte[][] s_events =
    [
        File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "CheckoutAspire.Benchmarks", "Load", "event.json")),
        Encoding.UTF8.GetBytes(Small),
        Encoding.UTF8.GetBytes(Small.Insert(1, Account)),
        Encoding.UTF8.GetBytes(Small.Replace("\"event\"", "\"v2.core.event\"", StringComparison.Ordinal)),
        Encoding.UTF8.GetBytes(Small.Replace("i", "\\u0069", StringComparison.Ordinal)),
        Encoding.UTF8.GetBytes(Small.Replace("e\":", "\\u0065\":", StringComparison.Ordinal)),
    ];

    [Fact]
    public void Changed_events_are_read_as_the_runtime_s_reader_reads_them()
    {
        Assert.All(s_events, body => Assert.NotEqual(EnvelopeKind.Unparsable, AssertAlike(body, "unchanged")));
        var mutations = new JsonMutations(Seed);
        var kinds = new Dictionary<EnvelopeKind, int>();
        for (var i = 0; i < Cases; i++)
        {
            var kind = AssertAlike(mutations.Mutate(s_events[i % s_events.Length]), $"seed {Seed}, case {i}");
            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {Seed}: {string.Join(", ", kinds)}");
        Assert.All(Enum.GetValues<EnvelopeKind>(), kind => Assert.InRange(kinds.GetValueOrDefault(kind), Cases / 200, Cases));
    }

    /// <summary>Whether a name with half a surrogate pair is refused depends on its length, and on what it has in common with a name that is read.</summary>
    [Fact]
    public void A_part_of_a_name_or_text_is_replaced_by_any_escape_as_the_runtime_s_reader_reads_it()
    {
        string[] escapes = ["\\ud800", "\\udc00", "\\ud83d\\ude00", "\\u0069", "\\u0000", "\\n", "\\\"", "\\ud800\\ud800", "\\ud800\u00fc"];
        var kinds = new HashSet<EnvelopeKind>();
        for (var at = 0; at < Small.Length; at++)
        {
            for (var length = 0; length < 4 && at + length <= Small.Length; length++)
            {
                foreach (var escape in escapes)
                {
                    kinds.Add(AssertAlike(Encoding.UTF8.GetBytes($"{Small[..at]}{escape}{Small[(at + length)..]}"), $"{escape} at {at}"));
                }
            }
        }

        Assert.Superset(new HashSet<EnvelopeKind> { EnvelopeKind.Event, EnvelopeKind.Incomplete, EnvelopeKind.Unparsable }, kinds);
    }

    [Fact]
    public void Members_of_every_type_and_repeated_ones_are_read_as_the_runtime_s_reader_reads_them()
    {
        string[] values =
        [
            "null", "true", "false", "0", "\"\"", "\"x\"", "\"v2.x\"", "\"\\u00762.x\"", "\"\\ud800\"", "\"v2.\\ud800\"", "{}", "{\"id\":\"x\"}", "{\"object\":1}", "{\"\\ud800\":1}", "[]",
            "[{\"id\":\"x\",\"id\":1}]", "\"a\\", "[", "{\"id\"",
        ];
        string[] paths = ["", "id", "object", "type", "account", "api_version", "livemode", "data", "data.object", "data.object.id", "data.object.metadata", "data.object.metadata.traceparent"];
        Assert.Equal(EnvelopeKind.Event, AssertWith("", usual => usual));
        foreach (var (path, value) in from path in paths from value in values select (path, value))
        {
            AssertWith(path, _ => value);
            AssertWith(path, usual => $"{value},\"{path.Split('.')[^1]}\":{usual}");
            AssertWith(path, usual => $"{usual},\"{path.Split('.')[^1]}\":{value}");
        }
    }

    /// <summary>Compares the readings of an event, one value of which is written otherwise.</summary>
    private static EnvelopeKind AssertWith(string path, Func<string, string> change)
    {
        var metadata = Change("data.object.metadata", $$"""{"note":"x","traceparent":{{Change("data.object.metadata.traceparent", "\"00-ab\"")}}}""");
        var data = Change("data", $$"""{"object":{{Change("data.object", $$"""{"id":{{Change("data.object.id", "\"ch_1\"")}},"metadata":{{metadata}}}""")}}}""");
        var body = $$"""
            {"id":{{Change("id", "\"evt_1\"")}},"object":{{Change("object", "\"event\"")}},"type":{{Change("type", "\"t\"")}},"account":{{Change("account", "null")}},
            "api_version":{{Change("api_version", "\"1\"")}},"livemode":{{Change("livemode", "true")}},"data":{{data}}}
            """;
        return AssertAlike(Encoding.UTF8.GetBytes(Change("", body)), body);

        string Change(string member, string usual) => member == path ? change(usual) : usual;
    }

    private static EnvelopeKind AssertAlike(byte[] body, string what)
    {
        var expected = new ReferenceEnvelope(body).Read();
        var kind = StripeEventEnvelope.Read(body, out var read);

        Assert.True(expected.Kind == kind, $"{what}: {kind} instead of {expected.Kind}: {Encoding.Latin1.GetString(body)}");
        if (kind is not EnvelopeKind.Unparsable)
        {
            var described = (Describe(body, read.Id), Describe(body, read.Type), Describe(body, read.ApiVersion), Describe(body, read.ObjectId), Describe(body, read.Traceparent), read.Livemode);
            Assert.Equal(
                (expected["id"], expected["type"], expected["api_version"], expected["data.object.id"], expected["data.object.metadata.traceparent"], expected["livemode"] == "true"),
                described);
        }

        return kind;
    }

    private static string Describe(byte[] body, ReadOnlyMemory<byte> text) => MemoryMarshal.TryGetArray(text, out var part) && part.Array == body
        ? ReferenceEnvelope.Slice(part.Offset, part.Count)
        : ReferenceEnvelope.Copy(text.Span);
}
