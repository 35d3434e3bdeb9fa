using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
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

        // Nothing here blocks a thread, so none needs to be handed a delivery by another: neither by Kestrel nor by the runtime.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        CompleteSocketsInline();

        // Its scopes would give each delivery an activity and a dictionary, for lines that are below the log's level anyway.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        builder.Services.AddReadOptions<WebhookOptions>();

        // Stripe retries what is answered 503; a command that waits in a backlog would only answer later, and lose on a crash.
        builder.AddRedis("redis", options =>
        {
            options.BacklogPolicy = BacklogPolicy.FailFast;

            // A Redis that hangs is answered 503 within two seconds: the client looks for what is late at each of its heartbeats.
            options.AsyncTimeout = 1250;
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        });
        builder.Services.AddLedger();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<WebhooksTelemetry>();
        builder.Services.AddSingleton<StripeWebhook>();
    }

    /// <summary>
    /// What <see cref="SocketTransportOptions.UnsafePreferInlineScheduling"/>'s documentation wants beside it. The runtime reads the
    /// variable when the process uses its first socket, and reads nothing else; what is set from outside stays.
    /// </summary>
    internal static void CompleteSocketsInline()
    {
        const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        Environment.SetEnvironmentVariable(Variable, Environment.GetEnvironmentVariable(Variable) ?? "1");
    }

    public static void MapWebhooks(this WebApplication app)
    {
        // Not from the request's services: that would make a scope for each delivery.
        var webhook = new Lazy<StripeWebhook>(app.Services.GetRequiredService<StripeWebhook>);
        app.MapPost("/webhook/stripe", context => webhook.Value.HandleAsync(context));
    }
}
