using CheckoutAspire.EndToEnd.Tests.Infrastructure;

namespace CheckoutAspire.EndToEnd.Tests;

public sealed class WrongInputTests(Shop shop)
{
    public static TheoryData<string, object> Wrong() => new()
    {
        { "price_cents", 0 },
        { "price_cents", 49.99 },
        { "quantity", -1 },
        { "success_url", "javascript:alert(1)" },
        { "cancel_url", "javascript:alert(1)" },
        { "currency", "xyz" },
        { "product_name", new string('x', 5001) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_argument_is_named_and_nothing_is_created_at_Stripe(string param, object value)
    {
        await using var agent = await Agent.ConnectAsync(shop);
        await agent.SellAsync();
        var before = await shop.Stripe.ListSessionsAsync();

        var refusal = await agent.FailAsync("initiate_checkout", Agent.Mugs((param, value)));

        Assert.Equal((param, "recoverable"), (refusal.Param, refusal.Severity));
        Assert.Contains(param, refusal.Error, StringComparison.Ordinal);
        Assert.NotEmpty(refusal.Code);
        Assert.Equal(before, await shop.Stripe.ListSessionsAsync());
    }
}
