using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Two mugs and a shirt with a discount, tax and shipping, in the shape that Stripe documents.</summary>
internal static class WholeOrder
{
    public const long Subtotal = 12_998;

    private static readonly string[] s_personalData =
        ["ada@example.com", "Ada Lovelace", "+4930123456", "Unter den Linden 1", "Byron House", "10117", "DE123456789", "For Charles"];

    /// <summary>
    /// Asserts that a text has nothing of what only Stripe's answer and the event have: it must be in no log and in no key of Redis but the event itself.
    /// Random ids and times may contain the digits of the postal code.
    /// </summary>
    public static void AssertNoPersonalData(string text) =>
        Assert.All(s_personalData, data => Assert.DoesNotMatch($@"(?<!\w){Regex.Escape(data)}(?!\w)", text));

    /// <summary>The sale as the tool records it.</summary>
    public static NewOrder Sale(string sessionId) => new()
    {
        SessionId = sessionId,
        OrderRef = "ref_" + sessionId,
        AmountSubtotal = Subtotal,
        AmountTotal = Subtotal,
        Currency = "eur",
        Livemode = false,
        Mode = "payment",
        ExpiresAt = TimeProvider.System.GetUtcNow().AddMinutes(31),
        CheckoutUrl = "http://localhost/c/pay/" + sessionId,
        ProductId = "mug,shirt",
        ProductName = "Red mug and 1 more",
        ClientReferenceId = "cart-7",
        Owner = "own_1",
        Principal = "shopping-agent",
        BuyerRef = "buyer-42",
        TotalVaries = true,
        LineItems =
        [
            new OrderLine { Name = "Red mug", Quantity = 2, UnitAmount = 4999, ProductId = "mug", StripeProductId = "prod_mug", StripePriceId = "price_made" },
            new OrderLine { Name = "Shirt", Quantity = 1, UnitAmount = 3000, ProductId = "shirt", CallerRef = "row 2", PriceId = "price_shirt", StripeProductId = "prod_shirt" },
        ],
    };

    /// <summary>The session in an event: without its lines, and with the id of the shipping rate.</summary>
    public static JsonObject Session(string sessionId) => JsonNode.Parse(
        $$"""
        {
          "id": "{{sessionId}}", "object": "checkout.session", "amount_subtotal": 12998, "amount_total": 15067, "client_reference_id": "cart-7",
          "collected_information": { "business_name": null, "individual_name": null, "shipping_details": { "name": "Byron House",
            "address": { "line1": "Unter den Linden 1", "line2": null, "city": "Berlin", "state": null, "postal_code": "10117", "country": "DE" } } },
          "consent": { "promotions": "opt_out", "terms_of_service": "accepted" },
          "created": {{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}}, "currency": "eur",
          "custom_fields": [
            { "key": "gift", "label": { "custom": "Gift message", "type": "custom" }, "optional": true, "type": "text", "text": { "value": "For Charles" } },
            { "key": "size", "label": { "custom": "Size", "type": "custom" }, "optional": false, "type": "dropdown",
              "dropdown": { "value": "xl", "options": [{ "label": "XL", "value": "xl" }] } },
            { "key": "floor", "label": { "custom": "Floor", "type": "custom" }, "optional": true, "type": "numeric", "numeric": { "value": null } }
          ],
          "customer_details": { "email": "ada@example.com", "name": "Ada Lovelace", "phone": "+4930123456", "tax_exempt": "none",
            "address": { "line1": "Hauptstr. 5", "line2": "2. OG", "city": "Bonn", "state": null, "postal_code": "53111", "country": "DE" },
            "tax_ids": [{ "type": "eu_vat", "value": "DE123456789" }] },
          "invoice": "in_first", "livemode": false, "locale": "de",
          "metadata": { "source": "mcp_server", "deployment": "local", "order_ref": "ref_{{sessionId}}", "owner": "own_1", "product_id": "mug,shirt",
            "seal": "v1.0", "campaign": "autumn" },
          "mode": "payment", "payment_intent": "pi_{{sessionId}}", "payment_status": "paid",
          "shipping_cost": { "amount_subtotal": 590, "amount_tax": 112, "amount_total": 702, "shipping_rate": "shr_express" },
          "shipping_options": [{ "shipping_amount": 590, "shipping_rate": "shr_express" }],
          "status": "complete", "subscription": null,
          "total_details": { "amount_discount": 998, "amount_shipping": 590, "amount_tax": 2477 }
        }
        """)!.AsObject();

    /// <summary>The session as the API returns it with lines and shipping rate.</summary>
    public static JsonObject Expanded(string sessionId)
    {
        var session = Session(sessionId);
        session["shipping_cost"]!["shipping_rate"] = new JsonObject { ["id"] = "shr_express", ["object"] = "shipping_rate", ["display_name"] = "Express" };
        return StripeListStub.WithLines(session, Line("li_1", "Red mug", 2, 9998, 998, 1710, "price_made", "prod_mug"), Line("li_2", "Shirt", 1, 3000, 0, 655, "price_shirt", "prod_shirt"));
    }

    /// <summary>The event about it.</summary>
    public static byte[] Event(string sessionId) => StripeEvents.Of("checkout.session.completed", Session(sessionId));

    private static JsonObject Line(string id, string name, long quantity, long subtotal, long discount, long tax, string price, string product) => new()
    {
        ["id"] = id,
        ["object"] = "item",
        ["amount_discount"] = discount,
        ["amount_subtotal"] = subtotal,
        ["amount_tax"] = tax,
        ["amount_total"] = subtotal - discount + tax,
        ["currency"] = "eur",
        ["description"] = name,
        ["price"] = new JsonObject { ["id"] = price, ["object"] = "price", ["currency"] = "eur", ["product"] = product, ["unit_amount"] = subtotal / quantity },
        ["quantity"] = quantity,
    };
}
