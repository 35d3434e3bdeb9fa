using System.Text.Json.Nodes;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>stripe-node from npm works against the sandbox unchanged: <c>tests/npm/stripe-node.mjs</c>.</summary>
[Trait("loop", "long")]
public sealed class StripeNodeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Stripe_node_sells_lists_refunds_verifies_and_throws_its_own_errors()
    {
        await using var sandbox = new SandboxServer();
        await using var limited = new SandboxServer(new() { ["Sandbox:RateLimit"] = "3" });

        var seen = await RunAsync(sandbox.Address, limited.Address, sandbox.BreakASubscription());

        Assert.Equal(
            """
            {
              "replayed": true,
              "created": { "status": "open", "amount": 9998 },
              "paying": "redirect",
              "paid": { "status": "paid", "card": "4242" },
              "webhook": { "type": "checkout.session.completed", "ours": true },
              "forged": "StripeSignatureVerificationError",
              "listed": { "count": 5, "oldest": true },
              "expired": "expired",
              "refunded": { "status": "succeeded", "amount": 998 },
              "charge": 998,
              "errors": {
                "card": "StripeCardError 402 card_declined generic_decline ",
                "invalid_request": "StripeInvalidRequestError 400   line_items",
                "missing": "StripeInvalidRequestError 404 resource_missing  session",
                "authentication": "StripeAuthenticationError 401   ",
                "permission": "StripePermissionError 403 account_invalid  ",
                "idempotency": "StripeIdempotencyError 400   ",
                "api": "StripeAPIError 500   ",
                "rate_limit": "StripeRateLimitError 429 rate_limit  "
              }
            }
            """,
            Pretty(seen));
    }

    private static async Task<JsonNode> RunAsync(Uri sandbox, Uri limited, string broken)
    {
        var script = Path.Combine(Repository.Root, "tests", "npm", "stripe-node.mjs");
        _ = Repository.Npm("stripe/package.json");
        var result = await ChildProcess.RunAsync("node", [script, sandbox.ToString(), limited.ToString(), SandboxServer.Key, broken], Cancellation);
        return JsonNode.Parse(result.Required)!;
    }

    /// <summary>Formats objects of plain values on one line.</summary>
    private static string Pretty(JsonNode seen)
    {
        return Write(seen, "");

        static string Write(JsonNode? node, string indent) => node switch
        {
            JsonObject { Count: > 3 } large =>
                "{\n" + string.Join(",\n", large.Select(member => $"{indent}  \"{member.Key}\": {Write(member.Value, indent + "  ")}")) + $"\n{indent}}}",
            JsonObject small => "{ " + string.Join(", ", small.Select(member => $"\"{member.Key}\": {Write(member.Value, indent)}")) + " }",
            null => "null",
            _ => node.ToJsonString(),
        };
    }
}
