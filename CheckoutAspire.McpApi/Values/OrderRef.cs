using System.Security.Cryptography;
using System.Text;

namespace CheckoutAspire.McpApi.Values;

/// <summary>Our own reference of an order, known before Stripe answers: <c>ord_</c> and 32 hexadecimal digits.</summary>
internal static class OrderRef
{
    /// <summary>A reference that no other call has.</summary>
    public static string New(TimeProvider time) => "ord_" + Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    /// <summary>The reference of every call of this owner with this idempotency key in this installation.</summary>
    public static string Of(string deployment, string owner, string idempotencyKey) =>
        "ord_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{deployment}\n{owner}\n{idempotencyKey}")).AsSpan(0, 16));

    /// <summary>Stripe's idempotency key: ours, never the caller's text.</summary>
    /// <param name="orderRef">The order's reference.</param>
    /// <param name="attempt">Counts from 0; another only once Stripe is known to have no session under the one before.</param>
    public static string StripeKey(string orderRef, int attempt) =>
        attempt == 0 ? $"checkout/{orderRef}" : $"checkout/{orderRef}/{attempt}";
}
