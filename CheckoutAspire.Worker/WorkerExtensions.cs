using System.Globalization;
using CheckoutAspire.Fulfillment;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.Worker.Archiving;
using CheckoutAspire.Worker.Consuming;
using CheckoutAspire.Worker.Events;
using CheckoutAspire.Worker.Fulfillment;
using CheckoutAspire.Worker.Notices;
using CheckoutAspire.Worker.Reconciliation;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker;

/// <summary>Registers the worker.</summary>
internal static class WorkerExtensions
{
    public static void AddWorker(this WebApplicationBuilder builder)
    {
        builder.AddRedis("redis");
        builder.AddFurtherRedis(EventStream.ReaderConnection, EntryReader.MostReads);
        builder.Services.AddStripeOptions();
        builder.Services.AddLedger();
        builder.Services.AddOrderArchive(builder.Configuration);
        if (builder.Services.Any(service => service.ServiceType == typeof(IOrderArchive)))
        {
            builder.Services.AddHostedService<OrderArchiver>();
        }

        builder.Services.AddOptionsWithValidateOnStart<WorkerOptions, WorkerOptionsValidator>().BindConfiguration("Worker");

        // The host must not end before the consumer has released its entries: after the grace, and after the time that canceled handlers may take.
        // The host reads this before the options are validated.
        builder.Services.AddOptions<HostOptions>().Configure<IConfiguration>((host, configuration) => host.ShutdownTimeout = TimeSpan.FromSeconds(15)
            + (TimeSpan.TryParse(configuration["Worker:StopGrace"], CultureInfo.InvariantCulture, out var grace) ? grace : new WorkerOptions().StopGrace));

        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(provider => FulfillmentRunner.HandlersOf(
            provider.GetServices<FulfillmentHandlerRegistration>(), provider.GetRequiredService<IOptions<WorkerOptions>>().Value.ReplacesHandlers));
        builder.Services.AddSingleton<WorkerTelemetry>();
        builder.Services.AddReconciliation();
        builder.Services.AddSingleton<CheckoutEventReader>();
        builder.Services.AddSingleton<OrderLookup>();
        builder.Services.AddSingleton<ReturnEventProcessor>();
        builder.Services.AddSingleton<SubscriptionEventProcessor>();
        builder.Services.AddSingleton<HandlerPauses>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<HandlerPauses>());
        builder.Services.AddReadOptions<PersonalDataOptions>();
        builder.Services.AddSingleton<PaidOrderReader>();
        builder.Services.AddSingleton<FulfillmentRunner>();
        builder.Services.AddSingleton<EventProcessor>();
        builder.Services.AddSingleton<ConsumerSupervisor>();
        builder.Services.AddHealthChecks().AddCheck<ConsumerSupervisor>("consumer");
        builder.Services.AddHostedService<EventConsumer>();
        builder.Services.AddHostedService<LedgerGauges>();
        builder.Services.AddHostedService<FulfilledReporter>();
        builder.AddMerchantWebhook();

        // For the merchant's handlers, with the worker's key and address. Its connections are its own: a handler's calls delay none of the worker's, and are
        // not counted in Worker__StripeRequestsPerSecond.
        builder.Services.AddStripeClient();
        builder.Services.AllowAnyHostWhenDeployed();
    }

    private static void AddMerchantWebhook(this WebApplicationBuilder builder)
    {
        builder.Services.AddReadOptions<MerchantWebhookOptions>();
        builder.Services.AddReadOptions<NoticeOptions>();
        builder.Services.AddSingleton<MerchantEndpoint>();
        if (!string.IsNullOrEmpty(builder.Configuration["FULFILLMENT_URL"]))
        {
            builder.Services.AddFulfillmentHandler<MerchantWebhook>(MerchantWebhook.HandlerName);

            builder.Services.AddHostedService<NoticeSender>();

            // A redirect is not followed, because a call is signed for one address. There is no resilience handler, because the worker
            // repeats attempts itself: an open circuit would use up the attempts of orders whose merchant was never called.
            builder.Services.AddHttpClient(MerchantEndpoint.ClientName, client => client.Timeout = MerchantEndpoint.AnswersWithin)
                .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false })
                .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear());
        }
    }
}
