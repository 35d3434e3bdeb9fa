using Microsoft.AspNetCore.Mvc;
using StackExchange.Redis;
using Stripe;

namespace CheckoutAspire.Benchmarks.Peers;

/// <summary>The handler of Stripe's own guide: a controller that reads the body as a string and lets Stripe.net verify and parse it.</summary>
internal static class TextbookReceiver
{
    public const string Name = "textbook";

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddControllers();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(PeerConfiguration.Redis);
        builder.Services.AddSingleton<IConnectionMultiplexer>(redis);
        var app = builder.Build();
        app.MapControllers();
        await app.RunAsync();
        return 0;
    }
}

/// <summary>As in https://docs.stripe.com/webhooks/quickstart?lang=dotnet, with the event kept in a stream before the answer.</summary>
[ApiController]
[Route(PeerConfiguration.Path)]
public sealed class TextbookController(IConnectionMultiplexer redis) : ControllerBase
{
    private static readonly string s_secret = PeerConfiguration.Secret;

    /// <summary>Receives an event.</summary>
    [HttpPost]
    public async Task<IActionResult> ReceiveAsync()
    {
        using var reader = new StreamReader(Request.Body);
        var json = await reader.ReadToEndAsync();
        try
        {
            var stripeEvent = EventUtility.ConstructEvent(json, Request.Headers["Stripe-Signature"], s_secret);
            await redis.GetDatabase().StreamAddAsync(
                PeerConfiguration.Stream,
                [new("id", stripeEvent.Id), new("type", stripeEvent.Type), new("body", json)]);
            return Ok();
        }
        catch (StripeException)
        {
            return BadRequest();
        }
    }
}
