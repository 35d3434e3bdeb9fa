using System.Buffers.Text;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Stripe;

namespace CheckoutAspire.Benchmarks.Load;

/// <summary>
/// Distinct events of 3 KB as Stripe would POST them, signed before the clock runs. All have one length, so a request is a slice
/// of one array and the load costs its process next to nothing.
/// </summary>
internal sealed class PreparedEvents
{
    /// <summary>The signing secret of every receiver.</summary>
    public const string Secret = "whsec_bench_0123456789abcdef0123456789abcdef";

    private const int Digits = 16;
    private const int TimestampDigits = 10;
    private const string TimestampSlot = "0000000000";

    private static readonly string s_signatureSlot = new('0', HMACSHA256.HashSizeInBytes * 2);
    private static readonly byte[] s_secret = Encoding.UTF8.GetBytes(Secret);

    private readonly byte[] _requests;
    private readonly int _length;
    private readonly int _bodyStart;
    private readonly int _timestampAt;
    private readonly int _signatureAt;

    /// <summary>Prepares events numbered from <paramref name="first"/>; they are not signed yet.</summary>
    public PreparedEvents(int count, long first = 0)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("event.json")!;
        using var reader = new StreamReader(resource);
        var body = Encoding.UTF8.GetBytes(reader.ReadToEnd().TrimEnd()
            .Replace("{api_version}", StripeConfiguration.ApiVersion, StringComparison.Ordinal)
            .Replace("1000000000", now, StringComparison.Ordinal));
        var head = Encoding.ASCII.GetBytes(
            "POST /webhook/stripe HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
            + $"Accept: */*; q=0.5, application/json\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {body.Length}\r\n"
            + $"Stripe-Signature: t={TimestampSlot},v1={s_signatureSlot}\r\n\r\n");
        (Count, _bodyStart, _length) = (count, head.Length, head.Length + body.Length);
        _timestampAt = head.AsSpan().IndexOf(Encoding.ASCII.GetBytes("t=" + TimestampSlot)) + 2;
        _signatureAt = head.AsSpan().IndexOf(Encoding.ASCII.GetBytes(s_signatureSlot));
        _requests = GC.AllocateUninitializedArray<byte>(checked(count * _length));

        byte[] request = [.. head, .. body];
        var slots = FindSlots(request);
        Parallel.For(0, count, index =>
        {
            var copy = _requests.AsSpan(index * _length, _length);
            request.CopyTo(copy);
            foreach (var slot in slots)
            {
                Utf8Formatter.TryFormat(first + index, copy.Slice(slot, Digits), out _, new('D', Digits));
            }
        });
    }

    public int Count { get; }

    /// <summary>How many bytes an event has.</summary>
    public int BodyLength => _length - _bodyStart;

    /// <summary>Signs them all as of now: Stripe's tolerance is five minutes.</summary>
    public void Sign()
    {
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Parallel.For(
            0,
            Count,
            () => new byte[TimestampDigits + 1 + BodyLength],
            (index, loop, signed) =>
            {
                // The bytes that are signed: 1763884800.{body}
                Utf8Formatter.TryFormat(timestamp, signed, out var written);
                signed[written++] = (byte)'.';
                Body(index).Span.CopyTo(signed.AsSpan(written));
                var request = _requests.AsSpan(index * _length, _length);
                signed.AsSpan(0, TimestampDigits).CopyTo(request[_timestampAt..]);
                Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
                HMACSHA256.HashData(s_secret, signed, hash);
                Convert.TryToHexStringLower(hash, request.Slice(_signatureAt, s_signatureSlot.Length), out _);
                return signed;
            },
            _ => { });
    }

    /// <summary>The whole HTTP request of one event.</summary>
    public ReadOnlySpan<byte> Request(int index) => _requests.AsSpan(index * _length, _length);

    /// <summary>One event's body.</summary>
    public ReadOnlyMemory<byte> Body(int index) => _requests.AsMemory((index * _length) + _bodyStart, BodyLength);

    /// <summary>The reference of an event's sale, as in the session's metadata.</summary>
    public static string OrderRef(long number) => "ref_" + number.ToString("D" + Digits, CultureInfo.InvariantCulture) + "bench";

    /// <summary>The id of an event's Checkout Session.</summary>
    public static string SessionId(long number) => "cs_test_" + number.ToString("D" + Digits, CultureInfo.InvariantCulture) + "bench";

    /// <summary>The position of an event's own number: <c>evt_0000000000000000bench</c>.</summary>
    private static int[] FindSlots(ReadOnlySpan<byte> request)
    {
        var name = Encoding.ASCII.GetBytes(new string('0', Digits) + "bench");
        var slots = new List<int>();
        for (var from = 0; request[from..].IndexOf(name) is >= 0 and var at; from += at + name.Length)
        {
            slots.Add(from + at);
        }

        return [.. slots];
    }
}
