using System.Security.Cryptography;
using System.Text;

namespace CheckoutAspire.McpApi.Values;

/// <summary>The seller's reference of an order, assigned before Stripe is called: <c>ord_</c> and 32 hexadecimal digits.</summary>
internal static class OrderRef
{
    /// <summary>A unique reference.</summary>
    public static string New(TimeProvider time) => "ord_" + Guid.CreateVersion7(time.GetUtcNow()).ToString("N");

    /// <summary>The reference that all calls of an owner with the same idempotency key share in an installation.</summary>
    public static string Of(string deployment, string owner, string idempotencyKey) =>
        "ord_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{deployment}\n{owner}\n{idempotencyKey}")).AsSpan(0, 16));

    /// <summary>The idempotency key that is sent to Stripe. It never contains the caller's text.</summary>
    /// <param name="orderRef">The order's reference.</param>
    /// <param name="attempt">Counts from 0. The next number is used only when Stripe has no session for the previous one.</param>
    public static string StripeKey(string orderRef, int attempt) =>
        attempt == 0 ? $"checkout/{orderRef}" : $"checkout/{orderRef}/{attempt}";
}
