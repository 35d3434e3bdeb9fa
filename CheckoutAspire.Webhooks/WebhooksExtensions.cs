using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using StackExchange.Redis;

namespace CheckoutAspire.Webhooks;

internal static class WebhooksExtensions
{
    /// <summary>
    /// The number of connections that are accepted. An idle one costs a few kilobytes, whereas a low limit would let idle connections of strangers keep
    /// Stripe's deliveries out.
    /// </summary>
    private const int MaxConnections = 16_384;

    private const string Welcome =
        """
        This is the webhook receiver of CheckoutAspire. It stores Stripe's signed events for the worker.

        POST /webhook/stripe    for Stripe: the address of the webhook endpoint
        /health                 the state of this service and what it depends on
        /alive                  whether this service runs

        How to register the endpoint at Stripe is described in docs/going-live.md of the CheckoutAspire repository.

        """;

    public static void AddWebhooks(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = SignedBody.MaxBytes;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        });

        // The handler never blocks its thread, so each delivery is processed on the thread that received it: neither Kestrel nor the
        // runtime dispatches it to another one.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        CompleteSocketsInline();

        // This category would allocate an activity and a logging scope for each delivery, for lines below the log level anyway.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        builder.Services.AddReadOptions<WebhookOptions>();
        builder.Services.AllowAnyHostWhenDeployed();

        // Stripe retries after a 503. A command in a backlog would only delay the response, and would be lost in a crash.
        builder.AddRedis("redis", options =>
        {
            options.BacklogPolicy = BacklogPolicy.FailFast;

            // If Redis hangs, the response is 503 within two seconds: the client checks for timed-out commands at each heartbeat.
            options.AsyncTimeout = 1250;
            options.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        });
        builder.Services.AddLedger();
        builder.Services.AddProblemDetails();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<WebhooksTelemetry>();
        builder.Services.AddSingleton<StripeWebhook>();
        builder.Services.AddHostedService<SignatureReporter>();
    }

    /// <summary>
    /// Sets the variable that the documentation of <see cref="SocketTransportOptions.UnsafePreferInlineScheduling"/> requires in addition.
    /// The runtime has no other setting for it and reads it when the process uses its first socket. A value that is already set is kept.
    /// </summary>
    internal static void CompleteSocketsInline()
    {
        const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
        Environment.SetEnvironmentVariable(Variable, Environment.GetEnvironmentVariable(Variable) ?? "1");
    }

    public static void MapWebhooks(this WebApplication app)
    {
        // Resolved from the application's services, because the request's services would create a scope for each delivery.
        var webhook = new Lazy<StripeWebhook>(app.Services.GetRequiredService<StripeWebhook>);
        app.MapPost("/webhook/stripe", context => webhook.Value.HandleAsync(context));
        app.MapWelcome(Welcome);
    }
}
