using System.Text;
using System.Text.Json;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

/// <summary>The scanner accepts what <see cref="Utf8JsonReader"/> accepts, and nothing else.</summary>
public sealed class JsonScannerTests
{
    private const int Seed = 64_259;
    private const int Cases = 10_000;

    private static readonly byte[] s_event = File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "CheckoutAspire.Benchmarks", "Load", "event.json"));

    [Fact]
    public void Changed_events_are_accepted_as_the_runtime_s_reader_accepts_them()
    {
        var mutations = new JsonMutations(Seed);
        Compare(_ => mutations.Mutate(s_event));
    }

    [Fact]
    public void Generated_texts_are_accepted_as_the_runtime_s_reader_accepts_them()
    {
        var mutations = new JsonMutations(Seed + 1);
        Compare(i => i % 2 == 0 ? mutations.Generate() : mutations.Mutate(mutations.Generate()));
    }

    [Fact]
    public void Values_are_nested_as_deep_as_the_runtime_s_reader_allows()
    {
        var mutations = new JsonMutations(Seed + 2);
        Compare(_ => mutations.Nest(64));
        Compare(i => mutations.Nest(60 + (i % 10)));
    }

    /// <summary>The vectors compare 16 bytes at a time, so that each length and each place is tried.</summary>
    [Fact]
    public void Every_byte_is_judged_alike_at_every_place_of_a_string_and_of_an_indentation()
    {
        byte[] odd = [0, (byte)'\t', (byte)'\n', (byte)'\v', (byte)'\r', 0x1f, (byte)' ', (byte)'!', (byte)'1', (byte)'"', (byte)']', (byte)'\\', 0x7f, 0x80, 0xa0, 0xff];
        for (var length = 1; length < 36; length++)
        {
            for (var place = 0; place < length; place++)
            {
                foreach (var value in length is 1 or 17 ? Enumerable.Range(0, 256).Select(each => (byte)each) : odd)
                {
                    AssertAlike([(byte)'"', .. Run('x'), (byte)'"'], "a string");
                    AssertAlike([(byte)'[', (byte)'\n', .. Run(' '), (byte)'1', (byte)']'], "an indentation");
                    AssertAlike([(byte)'1', (byte)'\n', .. Run(' ')], "an end");

                    IEnumerable<byte> Run(char others) => Enumerable.Range(0, length).Select(at => at == place ? value : (byte)others);
                }
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\ufeff{}")]
    [InlineData("{}\0")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":01}")]
    [InlineData("{\"a\":1.e5}")]
    [InlineData("{\"a\":+1}")]
    [InlineData("{\"a\":-}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("[1,]")]
    [InlineData("[1}")]
    [InlineData("{\"a\":1]")]
    [InlineData("{\"a\":1/**/}")]
    [InlineData("{\"a\":\"\\u00g0\"}")]
    [InlineData("{\"a\":\"\n\"}")]
    [InlineData("{\"a\":tru}")]
    [InlineData("{\"a\"")]
    [InlineData("\"\\")]
    [InlineData("\"\\u123")]
    public void What_is_not_JSON_is_refused(string text)
    {
        Assert.False(Scans(Encoding.UTF8.GetBytes(text)));
        AssertAlike(Encoding.UTF8.GetBytes(text), text);
    }

    [Fact]
    public void Members_are_read_in_their_order_and_values_as_they_are_written()
    {
        var scanner = new JsonScanner(" {\n  \"a\" : [1, {\"b\": \"}\"}] , \"\\u0062\":{}, \"c\":{\"d\":\"e\\n\"}, \"f\": -1.5e3 }\n"u8);
        var read = new List<string>();

        Assert.True(scanner.TryEnterObject());
        while (scanner.TryReadName(out var name))
        {
            read.Add($"{Encoding.UTF8.GetString(name.Bytes)} {name.IsEscaped}");
            if (name.Bytes.SequenceEqual("c"u8))
            {
                Assert.True(scanner.TryEnterObject());
                Assert.True(scanner.TryReadName(out var inner));
                Assert.True(scanner.TryReadString(out var text));
                read.Add($"{Encoding.UTF8.GetString(inner.Token)} {Encoding.UTF8.GetString(text.Bytes)} {text.IsEscaped}");
                Assert.False(scanner.TryReadName(out _));
            }
            else
            {
                Assert.False(scanner.TryReadString(out _));
                read.Add(Encoding.UTF8.GetString(scanner.ReadValue()));
            }
        }

        scanner.ReadEnd();
        Assert.Equal(["a False", "[1, {\"b\": \"}\"}]", "\\u0062 True", "{}", "c False", "\"d\" e\\n True", "f False", "-1.5e3"], read);
    }

    private static void Compare(Func<int, byte[]> next)
    {
        var accepted = 0;
        for (var i = 0; i < Cases; i++)
        {
            accepted += AssertAlike(next(i), $"seed {Seed}, case {i}") ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {Seed}: {accepted} of {Cases} accepted by both.");
        Assert.InRange(accepted, Cases / 20, Cases);
    }

    private static bool AssertAlike(byte[] json, string what)
    {
        var expected = Reads(json);
        Assert.True(
            expected == Scans(json) && expected == Walks(json),
            $"{what}: the reader {(expected ? "accepts" : "refuses")} {Encoding.Latin1.GetString(json)}");
        return expected;
    }

    private static bool Reads(byte[] json) => Accepts(json, static text =>
    {
        var reader = new Utf8JsonReader(text);
        while (reader.Read())
        {
            reader.Skip();
        }
    });

    private static bool Scans(byte[] json) => Accepts(json, static text =>
    {
        var scanner = new JsonScanner(text);
        scanner.ReadValue();
        scanner.ReadEnd();
    });

    private static bool Walks(byte[] json) => Accepts(json, static text =>
    {
        var scanner = new JsonScanner(text);
        Walk(ref scanner);
        scanner.ReadEnd();
    });

    private static void Walk(ref JsonScanner scanner)
    {
        if (scanner.TryEnterObject())
        {
            while (scanner.TryReadName(out _))
            {
                Walk(ref scanner);
            }
        }
        else if (!scanner.TryReadString(out _) && !scanner.TryReadNull())
        {
            scanner.ReadValue();
        }
    }

    private static bool Accepts(byte[] json, Action<byte[]> read)
    {
        try
        {
            read(json);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
