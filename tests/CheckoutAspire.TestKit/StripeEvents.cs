using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;

namespace CheckoutAspire.TestKit;

/// <summary>Events with the JSON and the signature that Stripe sends.</summary>
public static class StripeEvents
{
    public const string Secret = "whsec_test_0123456789abcdef0123456789abcdef";

    /// <summary>An event about a Checkout Session that this application created.</summary>
    public static byte[] Checkout(
        string sessionId,
        string type = "checkout.session.completed",
        string paymentStatus = "paid",
        long amountSubtotal = 9998,
        string? traceparent = null,
        string deployment = "local",
        string source = "mcp_server",
        bool livemode = false,
        Action<JsonObject>? change = null,
        bool sealSale = true)
    {
        var metadata = new JsonObject
        {
            ["product_id"] = "mug",
            ["source"] = source,
            ["deployment"] = deployment,
            ["order_ref"] = "ref_" + sessionId,
        };
        if (traceparent is not null)
        {
            metadata["traceparent"] = traceparent;
        }

        if (sealSale)
        {
            metadata[CheckoutMetadata.Seal] = FirstSeal("ref_" + sessionId, "", amountSubtotal, "usd");
        }

        var session = new JsonObject
        {
            ["id"] = sessionId,
            ["object"] = "checkout.session",
            ["amount_subtotal"] = amountSubtotal,
            ["amount_total"] = amountSubtotal,
            ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["currency"] = "usd",
            ["customer_details"] = new JsonObject { ["email"] = "buyer@example.com", ["name"] = "Ä Buyer" },
            ["livemode"] = livemode,
            ["metadata"] = metadata,
            ["mode"] = "payment",
            ["payment_intent"] = "pi_" + sessionId,
            ["payment_status"] = paymentStatus,
            ["status"] = "complete",
        };
        return Of(type, session, livemode, change);
    }

    /// <summary>A seal in its first form, which covers no lines: it is verified without Stripe. Sessions of earlier installations have it.</summary>
    public static string FirstSeal(string orderRef, string owner, long amountSubtotal, string currency)
    {
        var key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(StripeSecretKey.Sandbox), HMACSHA256.HashSizeInBytes, info: "checkout-aspire/sale-seal/v1"u8.ToArray());
        var sale = string.Create(CultureInfo.InvariantCulture, $"{orderRef}\n{owner}\n{amountSubtotal}\n{currency}");
        return "v1." + Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(sale)));
    }

    /// <summary>An event about any object.</summary>
    public static byte[] Of(string type, JsonObject subject, bool livemode = false, Action<JsonObject>? change = null)
    {
        var root = new JsonObject
        {
            ["id"] = "evt_" + Guid.NewGuid().ToString("N"),
            ["object"] = "event",
            ["api_version"] = "2026-10-28.endive",
            ["created"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
            ["data"] = new JsonObject { ["object"] = subject },
            ["livemode"] = livemode,
            ["pending_webhooks"] = 1,
            ["request"] = new JsonObject { ["id"] = null, ["idempotency_key"] = null },
            ["type"] = type,
        };
        change?.Invoke(root);
        return Encoding.UTF8.GetBytes(root.ToJsonString(new() { WriteIndented = true }));
    }

    /// <summary>A <c>Stripe-Signature</c> header with one <c>v1</c> for each secret.</summary>
    public static string Sign(ReadOnlySpan<byte> body, DateTimeOffset at, params IEnumerable<string> secrets)
    {
        var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var header = new StringBuilder("t=" + timestamp);
        foreach (var secret in secrets)
        {
            header.Append(",v1=").Append(Hmac(body, timestamp, secret));
        }

        return header.ToString();
    }

    public static string Hmac(ReadOnlySpan<byte> body, string timestamp, string secret) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(secret), (byte[])[.. Encoding.UTF8.GetBytes(timestamp + "."), .. body]));
}
