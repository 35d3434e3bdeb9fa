using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Errors;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// The <c>requestState</c> that a client sends back with its second call, and which
/// <see href="https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/mrtr">must be treated as attacker-controlled</see>.
/// It is signed, and valid once, for half an hour, for one caller, one tool and one set of arguments.
/// </summary>
/// <remarks>Format: <c>1.{payload}.{signature}</c>, both in base64url. The payload has the session, its delivery options, the expiry and a nonce.</remarks>
internal sealed class RequestStates(RequestStateStore store, TimeProvider time)
{
    private const string Version = "1";

    // As long as a person may look at a dialog. The session may be open for longer.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(30);

    /// <summary>Creates a state that continues with this checkout.</summary>
    public async Task<string> IssueAsync(PendingHandOff pending, Caller caller, string tool, string digest)
    {
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(
            new RequestState
            {
                SessionId = pending.SessionId,
                DeliveryOptions = pending.DeliveryOptions,
                ValidUntil = time.GetUtcNow().Add(s_lifetime).ToUnixTimeSeconds(),
                Nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)),
            },
            RequestStateJson.Default.RequestState));
        var signature = Sign(await store.KeyAsync(), payload, caller, tool, digest);
        return $"{Version}.{payload}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>Consumes a state and returns the checkout to continue with.</summary>
    /// <exception cref="CheckoutException">The state belongs to another call, has expired or was used before.</exception>
    public async Task<PendingHandOff> RedeemAsync(string state, Caller caller, string tool, string digest)
    {
        var key = await store.KeyAsync();
        var parts = state.Split('.');
        if (parts is not [Version, var payload, var signature]
            || !TryDecode(signature, out var claimed)
            || !CryptographicOperations.FixedTimeEquals(claimed, Sign(key, payload, caller, tool, digest)))
        {
            throw Invalid(
                "requestState was not issued by this server for this caller and these arguments. Repeat the first call's arguments unchanged, "
                + "or call again without requestState.");
        }

        // The signature is valid, so the payload is ours, and the caller may know its session.
        var content = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(payload), RequestStateJson.Default.RequestState)!;
        var left = DateTimeOffset.FromUnixTimeSeconds(content.ValidUntil) - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            throw Invalid($"requestState has expired. The checkout is {content.SessionId}. Call get_checkout, which returns its payment link while it is open.");
        }

        // Stored for a minute longer than it is valid, because clocks differ.
        if (!await store.TryUseAsync(content.Nonce, left + TimeSpan.FromMinutes(1)))
        {
            throw Invalid($"requestState was used before. The checkout is {content.SessionId}. Call get_checkout instead of starting another one.");
        }

        return new PendingHandOff(content.SessionId, content.DeliveryOptions);
    }

    // The signature covers the caller and the arguments, which the payload does not contain.
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

    private static CheckoutException Invalid(string error) => new(CheckoutErrorCode.InvalidRequestState, error, "requestState");
}

/// <summary>A checkout whose payment page the client offers to the buyer before it calls again.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="DeliveryOptions">What the first call found out about the delivery, which the ledger does not keep.</param>
internal sealed record PendingHandOff(string SessionId, IReadOnlyList<DeliveryOption>? DeliveryOptions = null);

/// <summary>The payload of a state.</summary>
internal sealed record RequestState
{
    [JsonPropertyName("s")]
    public required string SessionId { get; init; }

    [JsonPropertyName("d")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DeliveryOption>? DeliveryOptions { get; init; }

    [JsonPropertyName("e")]
    public required long ValidUntil { get; init; }

    [JsonPropertyName("n")]
    public required string Nonce { get; init; }
}

[JsonSerializable(typeof(RequestState))]
internal sealed partial class RequestStateJson : JsonSerializerContext;
