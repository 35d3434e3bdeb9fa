using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// The <c>requestState</c> that a client keeps between two rounds of one call, which
/// <see href="https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/mrtr">must be taken for an attacker's</see>:
/// signed, valid for one caller, one tool and one set of arguments, for a while and once.
/// </summary>
/// <remarks>Its form: <c>1.{payload}.{signature}</c>, both in base64url; the payload says the session, the end and a number of its own.</remarks>
internal sealed class RequestStates(RequestStateStore store, TimeProvider time)
{
    private const string Version = "1";

    // No longer than a person looks at a question; the session may be open for longer.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(30);

    /// <summary>A state that continues with this session.</summary>
    public async Task<string> IssueAsync(string sessionId, Caller caller, string tool, string digest)
    {
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(
            new RequestState
            {
                SessionId = sessionId,
                ValidUntil = time.GetUtcNow().Add(s_lifetime).ToUnixTimeSeconds(),
                Nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)),
            },
            RequestStateJson.Default.RequestState));
        var signature = Sign(await store.KeyAsync(), payload, caller, tool, digest);
        return $"{Version}.{payload}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>Uses a state up, and says which session to continue with.</summary>
    /// <exception cref="CheckoutException">It is not this call's, or not valid any more.</exception>
    public async Task<string> RedeemAsync(string state, Caller caller, string tool, string digest)
    {
        var key = await store.KeyAsync();
        var parts = state.Split('.');
        if (parts is not [Version, var payload, var signature]
            || !TryDecode(signature, out var claimed)
            || !CryptographicOperations.FixedTimeEquals(claimed, Sign(key, payload, caller, tool, digest)))
        {
            throw Refuse(
                "requestState was not made by this server for this caller and these arguments; repeat the first call's arguments unchanged, "
                + "or call again without requestState.");
        }

        // Ours, by its signature: it can be read, and the caller may know its session.
        var content = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(payload), RequestStateJson.Default.RequestState)!;
        var left = DateTimeOffset.FromUnixTimeSeconds(content.ValidUntil) - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            throw Refuse($"requestState has expired; the checkout is {content.SessionId}: look it up with get_checkout, which gives its payment link while it is open.");
        }

        // Kept for a little longer than it is valid, for clocks differ.
        if (!await store.TryUseAsync(content.Nonce, left + TimeSpan.FromMinutes(1)))
        {
            throw Refuse($"requestState was used before; the checkout is {content.SessionId}: look it up with get_checkout instead of starting another.");
        }

        return content.SessionId;
    }

    // The caller and the arguments are signed without being told.
    private static byte[] Sign(byte[] key, string payload, Caller caller, string tool, string digest) =>
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Version}\n{payload}\n{tool}\n{digest}\n{caller.Id}"));

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = [];
        if (!Base64Url.IsValid(text))
        {
            return false;
        }

        bytes = Base64Url.DecodeFromChars(text);
        return true;
    }

    private static CheckoutException Refuse(string error) => new(CheckoutErrorCode.InvalidRequestState, error, "requestState");
}

/// <summary>What a state says.</summary>
internal sealed record RequestState
{
    [JsonPropertyName("s")]
    public required string SessionId { get; init; }

    [JsonPropertyName("e")]
    public required long ValidUntil { get; init; }

    [JsonPropertyName("n")]
    public required string Nonce { get; init; }
}

[JsonSerializable(typeof(RequestState))]
internal sealed partial class RequestStateJson : JsonSerializerContext;
