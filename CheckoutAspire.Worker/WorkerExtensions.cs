using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Worker;

internal static class WorkerExtensions
{
    public static void AddWorker(this WebApplicationBuilder builder)
    {
        builder.AddRedis("redis");
        builder.Services.AddStripeOptions();
        builder.Services.AddLedger();

        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<WorkerTelemetry>();
        builder.Services.AddSingleton<EventProcessor>();
        builder.Services.AddHostedService<EventConsumer>();
    }
}
