using CheckoutAspire.EndToEnd.Tests.Infrastructure;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>Wrong arguments never reach Stripe.</summary>
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
    public async Task A_wrong_argument_is_named_and_no_session_is_created_at_Stripe(string param, object value)
    {
        await using var agent = await Agent.ConnectAsync(shop);
        await agent.SellAsync();
        var before = await shop.Stripe.ListSessionsAsync();

        var error = await agent.FailAsync("initiate_checkout", Agent.Mugs((param, value)));

        Assert.Equal((param, "recoverable"), (error.Param, error.Severity));
        Assert.Contains(param, error.Error, StringComparison.Ordinal);
        Assert.NotEmpty(error.Code);
        Assert.Equal(before, await shop.Stripe.ListSessionsAsync());
    }
}
