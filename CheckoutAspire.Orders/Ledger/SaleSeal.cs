using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.Orders.Stripe;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>
/// Proof that this installation sold what a session says, for a ledger that has lost both the order and the request: an HMAC over the
/// sale's reference, owner, amount and currency. Its key is derived from the Stripe key, so it needs no configuration of its own; after
/// the Stripe key is rotated, only sessions that the ledger does not know need a person to look at them.
/// </summary>
public static class SaleSeal
{
    private static readonly byte[] s_purpose = "checkout-aspire/sale-seal/v1"u8.ToArray();

    /// <summary>The seal of a sale.</summary>
    public static string Of(StripeSecretKey key, string orderRef, string owner, long amountSubtotal, string currency)
    {
        var sealKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(key.Value), HMACSHA256.HashSizeInBytes, info: s_purpose);
        var sale = string.Create(CultureInfo.InvariantCulture, $"{orderRef}\n{owner}\n{amountSubtotal}\n{currency}");
        return "v1." + Convert.ToHexStringLower(HMACSHA256.HashData(sealKey, Encoding.UTF8.GetBytes(sale)));
    }

    /// <summary>Whether a seal is the sale's.</summary>
    public static bool Verify(string seal, StripeSecretKey key, string orderRef, string owner, long amountSubtotal, string currency) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(seal), Encoding.UTF8.GetBytes(Of(key, orderRef, owner, amountSubtotal, currency)));
}
