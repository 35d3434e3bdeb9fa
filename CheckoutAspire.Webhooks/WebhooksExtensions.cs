using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Webhooks;

internal static class WebhooksExtensions
{
    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = SignedBody.MaxBytes;
        });

        builder.Services.AddOptionsWithValidateOnStart<WebhookOptions>()
            .Configure<IConfiguration>((options, configuration) => options.Read(configuration["STRIPE_WEBHOOK_SECRET"]));
        builder.Services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>();

        // Stripe retries what is answered 503; a command that waits in a backlog would only answer later, and lose on a crash.
        builder.AddRedis("redis", options =>
        {
            options.BacklogPolicy = BacklogPolicy.FailFast;
            options.AsyncTimeout = (int)StripeWebhook.RedisDeadline.TotalMilliseconds;
        });
        builder.Services.AddLedger();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<WebhooksTelemetry>();
        builder.Services.AddSingleton<StripeWebhook>();
    }

    public static void MapWebhooks(this WebApplication app)
    {
        // Not from the request's services: that would make a scope for each delivery.
        var webhook = new Lazy<StripeWebhook>(app.Services.GetRequiredService<StripeWebhook>);
        app.MapPost("/webhook/stripe", context => webhook.Value.HandleAsync(context));
    }
}
