using System.Text.Json;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>
/// The rules of version 2026-04-08 of the protocol for every response, written from its schemas and its text, because no package registry carries
/// the schemas. They are applied to every response in every test.
/// </summary>
internal static class UcpAnswers
{
    private static readonly string[] s_statuses =
        ["incomplete", "requires_escalation", "ready_for_complete", "complete_in_progress", "completed", "canceled"];

    private static readonly string[] s_severities = ["recoverable", "requires_buyer_input", "requires_buyer_review", "unrecoverable"];

    /// <summary>https://ucp.dev/2026-04-08/schemas/ucp.json and those below it.</summary>
    public static void AssertValid(string tool, JsonElement answer)
    {
        var ucp = answer.GetProperty("ucp");
        Assert.Equal("2026-04-08", ucp.GetProperty("version").GetString());
        var capability = Assert.Single(ucp.GetProperty("capabilities").EnumerateObject());
        Assert.Equal(tool == "get_order" ? "dev.ucp.shopping.order" : "dev.ucp.shopping.checkout", capability.Name);
        Assert.Equal("2026-04-08", Assert.Single(capability.Value.EnumerateArray()).GetProperty("version").GetString());
        if (answer.TryGetProperty("messages", out var messages))
        {
            Assert.All(messages.EnumerateArray(), AssertMessage);
        }

        switch (ucp.GetProperty("status").GetString())
        {
            case "error":
                // additionalProperties: false
                Assert.All(answer.EnumerateObject(), property => Assert.Contains(property.Name, new[] { "ucp", "messages", "continue_url" }));
                Assert.NotEmpty(messages.EnumerateArray());
                break;
            case "success" when tool == "get_order":
                AssertOrder(answer);
                break;
            case "success":
                AssertCheckout(answer, messages);
                break;
            default:
                Assert.Fail("ucp.status is neither success nor error.");
                break;
        }
    }

    private static void AssertCheckout(JsonElement checkout, JsonElement messages)
    {
        Assert.Equal(JsonValueKind.Object, checkout.GetProperty("ucp").GetProperty("payment_handlers").ValueKind);
        AssertText(checkout, "id");
        Assert.Matches("^[A-Z]{3}$", checkout.GetProperty("currency").GetString());
        Assert.Equal(JsonValueKind.Array, checkout.GetProperty("links").ValueKind);
        checkout.GetProperty("expires_at").GetDateTimeOffset();
        AssertTotals(checkout);
        Assert.All(checkout.GetProperty("line_items").EnumerateArray(), line =>
        {
            AssertLine(line);
            Assert.True(line.GetProperty("quantity").GetInt64() >= 1);
        });

        var status = checkout.GetProperty("status").GetString()!;
        Assert.Contains(status, s_statuses);
        var severities = messages.ValueKind is JsonValueKind.Array
            ? messages.EnumerateArray().Where(message => message.TryGetProperty("severity", out _)).Select(message => message.GetProperty("severity").GetString()!).ToArray()
            : [];
        var hasPage = checkout.TryGetProperty("continue_url", out var page);

        // https://ucp.dev/2026-04-08/specification/checkout#business
        Assert.True(status != "requires_escalation" || (hasPage && severities.Any(severity => severity.StartsWith("requires_", StringComparison.Ordinal))));
        Assert.True(status is not ("completed" or "canceled") || !hasPage);
        Assert.True(status != "incomplete" || severities.Contains("recoverable"));
        Assert.True(!hasPage || Uri.IsWellFormedUriString(page.GetString(), UriKind.Absolute));
        Assert.Equal(status == "completed", checkout.TryGetProperty("order", out var order));
        if (status == "completed")
        {
            AssertText(order, "id");
            Assert.True(Uri.IsWellFormedUriString(order.GetProperty("permalink_url").GetString(), UriKind.Absolute));
        }
    }

    private static void AssertOrder(JsonElement order)
    {
        AssertText(order, "id");
        AssertText(order, "checkout_id");
        Assert.Matches("^[A-Z]{3}$", order.GetProperty("currency").GetString());
        Assert.True(Uri.IsWellFormedUriString(order.GetProperty("permalink_url").GetString(), UriKind.Absolute));
        AssertTotals(order);
        var lines = order.GetProperty("line_items").EnumerateArray().Select(line => line.GetProperty("id").GetString()).ToArray();
        Assert.All(order.GetProperty("line_items").EnumerateArray(), line =>
        {
            AssertLine(line);
            var (total, fulfilled) = (line.GetProperty("quantity").GetProperty("total").GetInt64(), line.GetProperty("quantity").GetProperty("fulfilled").GetInt64());
            Assert.Equal(fulfilled == total ? "fulfilled" : fulfilled > 0 ? "partial" : "processing", line.GetProperty("status").GetString());
        });
        Assert.All(order.GetProperty("fulfillment").GetProperty("events").EnumerateArray(), step =>
        {
            AssertText(step, "id");
            AssertText(step, "type");
            step.GetProperty("occurred_at").GetDateTimeOffset();
            Assert.All(step.GetProperty("line_items").EnumerateArray(), line => Assert.Contains(line.GetProperty("id").GetString(), lines));
        });
        Assert.All(order.GetProperty("adjustments").EnumerateArray(), adjustment =>
        {
            AssertText(adjustment, "id");
            AssertText(adjustment, "type");
            adjustment.GetProperty("occurred_at").GetDateTimeOffset();
            Assert.Contains(adjustment.GetProperty("status").GetString(), new[] { "pending", "completed", "failed" });
        });
    }

    private static void AssertLine(JsonElement line)
    {
        AssertText(line, "id");
        AssertText(line.GetProperty("item"), "id");
        AssertText(line.GetProperty("item"), "title");
        Assert.True(line.GetProperty("item").GetProperty("price").GetInt64() >= 0);
        AssertTotals(line);
    }

    // "Exactly one subtotal, exactly one total", and the entries between them add up.
    private static void AssertTotals(JsonElement owner)
    {
        var totals = owner.GetProperty("totals").EnumerateArray().Select(total =>
            (Type: total.GetProperty("type").GetString()!, Amount: total.GetProperty("amount").GetInt64(), HasText: total.TryGetProperty("display_text", out _))).ToArray();
        Assert.True(Assert.Single(totals, total => total.Type == "subtotal").Amount >= 0);
        var sum = Assert.Single(totals, total => total.Type == "total").Amount;
        Assert.Equal(sum, totals.Where(total => total.Type != "total").Sum(total => total.Amount));
        Assert.All(totals, total => Assert.True(total.HasText || total.Type is "subtotal" or "total"));
    }

    private static void AssertMessage(JsonElement message)
    {
        AssertText(message, "content");
        AssertText(message, "code");
        var hasSeverity = message.TryGetProperty("severity", out var severity);
        Assert.Equal(message.GetProperty("type").ValueEquals("error"), hasSeverity);
        Assert.True(hasSeverity ? s_severities.Contains(severity.GetString()) : message.GetProperty("type").GetString() is "warning" or "info");
        Assert.True(!message.TryGetProperty("path", out var path) || path.GetString()!.StartsWith("$.", StringComparison.Ordinal));
    }

    private static void AssertText(JsonElement owner, string name) => Assert.NotEmpty(owner.GetProperty(name).GetString()!);
}
