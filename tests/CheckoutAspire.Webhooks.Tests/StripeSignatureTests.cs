using System.Text;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http;

namespace CheckoutAspire.Webhooks.Tests;

public sealed class StripeSignatureTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.FromUnixTimeSeconds(1_763_884_800);
    private static readonly byte[] s_body = "{\"id\":\"evt_1\"}"u8.ToArray();

    [Theory]
    [InlineData(0, true)]
    [InlineData(299, true)]
    [InlineData(300, true)]
    [InlineData(301, false)]
    [InlineData(-299, true)]
    [InlineData(-300, true)]
    [InlineData(-301, false)]
    public async Task A_timestamp_is_accepted_up_to_300_seconds_either_way(int seconds, bool accepted) =>
        Assert.Equal(
            accepted ? SignatureVerdict.Valid : SignatureVerdict.Stale,
            await VerifyAsync(StripeEvents.Sign(s_body, s_now.AddSeconds(seconds), StripeEvents.Secret)));

    [Fact]
    public async Task The_first_timestamp_is_the_signed_one()
    {
        var header = StripeEvents.Sign(s_body, s_now, StripeEvents.Secret);

        Assert.Equal(SignatureVerdict.Valid, await VerifyAsync(header + ",t=1"));
        Assert.Equal(SignatureVerdict.Mismatch, await VerifyAsync("t=1," + header));
    }

    [Fact]
    public async Task Any_one_of_several_signatures_suffices()
    {
        var good = StripeEvents.Hmac(s_body, "1763884800", StripeEvents.Secret);

        Assert.Equal(SignatureVerdict.Valid, await VerifyAsync($"t=1763884800,v1={new string('0', 64)},v1={good},v0=abc"));
    }

    [Theory]
    [InlineData("0000000001763884800", SignatureVerdict.Valid)]
    [InlineData("00000000001763884800", SignatureVerdict.Malformed)]
    [InlineData("9223372036854775807", SignatureVerdict.Stale)]
    [InlineData("9223372036854775808", SignatureVerdict.Malformed)]
    public async Task A_timestamp_is_as_long_as_a_64_bit_number_at_most(string timestamp, object verdict) =>
        Assert.Equal(verdict, await VerifyAsync($"t={timestamp},v1={StripeEvents.Hmac(s_body, timestamp, StripeEvents.Secret)}"));

    [Theory]
    [InlineData("t=1763884800, v1={0}")]
    [InlineData(" t=1763884800,v1={0} ")]
    [InlineData("v1={0},t=1763884800")]
    public async Task Order_and_spaces_do_not_matter(string format) =>
        Assert.Equal(SignatureVerdict.Valid, await VerifyAsync(
            string.Format(null, CompositeFormat.Parse(format), StripeEvents.Hmac(s_body, "1763884800", StripeEvents.Secret))));

    [Fact]
    public async Task A_signature_that_comes_twice_matches()
    {
        var good = StripeEvents.Hmac(s_body, "1763884800", StripeEvents.Secret);

        Assert.Equal(SignatureVerdict.Valid, await VerifyAsync($"t=1763884800,v1={good},v1={good}"));
    }

    [Theory]
    [InlineData("t=1763884800,v0={0},v1=aa")]
    [InlineData("t=1763884800,v1={0}00")]
    [InlineData("t=1763884800,v1=0{0}")]
    [InlineData("t=1763884801,v1={0}")]
    [InlineData("t=01763884800,v1={0}")]
    public async Task Anything_else_does_not_match(string format) =>
        Assert.Equal(SignatureVerdict.Mismatch, await VerifyAsync(
            string.Format(null, CompositeFormat.Parse(format), StripeEvents.Hmac(s_body, "1763884800", StripeEvents.Secret))));

    [Theory]
    [InlineData("t=-1763884800,v1=aa")]
    [InlineData("t=+1763884800,v1=aa")]
    [InlineData("t=1763884800.0,v1=aa")]
    [InlineData("t= 1763884800,v1=aa")]
    [InlineData("t=1763884800")]
    [InlineData("t=1763884800,v2=aa")]
    public async Task A_header_without_a_whole_timestamp_or_a_signature_is_malformed(string header) =>
        Assert.Equal(SignatureVerdict.Malformed, await VerifyAsync(header));

    [Fact]
    public async Task A_secret_that_is_configured_twice_matches() => Assert.Equal(
        SignatureVerdict.Valid,
        await VerifyAsync(StripeEvents.Sign(s_body, s_now, StripeEvents.Secret), StripeEvents.Secret, StripeEvents.Secret));

    private static Task<SignatureVerdict> VerifyAsync(string header) => VerifyAsync(header, StripeEvents.Secret);

    private static async Task<SignatureVerdict> VerifyAsync(string header, params string[] secrets)
    {
        var request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(s_body);
        using var body = await SignedBody.ReadAsync(request, TestContext.Current.CancellationToken);
        return StripeSignature.Verify(header, body, [.. secrets.Select(secret => new SigningSecret(secret))], s_now);
    }
}
