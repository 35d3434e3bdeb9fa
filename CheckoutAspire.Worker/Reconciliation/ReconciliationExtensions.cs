namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>Registers reconciliation, the witness at Stripe and the restoring of a lost ledger.</summary>
internal static class ReconciliationExtensions
{
    public static void AddReconciliation(this IServiceCollection services)
    {
        services.AddSingleton<StripeReader>();
        services.AddSingleton<PaymentIntentOrigin>();
        services.AddSingleton<FindingFeed>();
        services.AddSingleton<ListReading>();
        services.AddSingleton<SessionList>();
        services.AddSingleton<WaitingDebits>();
        services.AddSingleton<IStripeList>(provider => provider.GetRequiredService<SessionList>());
        services.AddSingleton<IStripeList, UndeliveredEventList>();
        services.AddSingleton<IStripeList, InvoiceList>();
        services.AddSingleton<IStripeList, RefundList>();
        services.AddSingleton<IStripeList, DisputeList>();
        services.AddSingleton<IStripeList, SubscriptionList>();
        services.AddSingleton<OrderRereading>();
        services.AddHostedService<Reconciler>();
        services.AddSingleton<LostLedger>();
        services.AddSingleton<FulfilledPartitions>();
        services.AddHostedService<WitnessWriter>();
    }
}
