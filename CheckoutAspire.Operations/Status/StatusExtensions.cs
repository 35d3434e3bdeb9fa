using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Operations.Status;

/// <summary>Registers the state of the system, its samples and the alerts.</summary>
internal static class StatusExtensions
{
    public static void AddStatus(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AlertOptions, AlertOptionsValidator>().BindConfiguration("Alerts");
        services.AddReadOptions<AlertEndpoint>();
        services.AddSingleton<StatusReader>();
        services.AddSingleton<StatusBoard>();
        services.AddSingleton<StatusSamples>();
        services.AddSingleton<StatusLease>();
        services.AddSingleton<StatusGauges>();
        services.AddSingleton<AlertLedger>();
        services.AddSingleton<AlertMessages>();
        services.AddHostedService<StatusMonitor>();
        services.AddHostedService<AlertSender>();

        // A redirect is not followed, because a call is signed for one address. AlertSender itself repeats attempts.
        services.AddHttpClient(AlertSender.ClientName, client => client.Timeout = AlertSender.AnswersWithin)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false })
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear());
    }
}
