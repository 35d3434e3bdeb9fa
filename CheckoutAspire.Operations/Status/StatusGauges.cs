using System.Diagnostics.Metrics;

namespace CheckoutAspire.Operations.Status;

/// <summary>The part of the system's state that workers do not measure, as metrics. Only the instance that reads the state reports them.</summary>
internal sealed class StatusGauges
{
    public const string MeterName = "CheckoutAspire.Operations";

    private readonly StatusLease _lease;
    private volatile SystemStatus? _status;

    public StatusGauges(IMeterFactory meters, StatusLease lease)
    {
        _lease = lease;
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "checkout.ledger.witnesses", () => Measure(status => status.FollowUps.Witnesses), "{order}", "Fulfilled orders whose witness is still to be written to Stripe.");
        meter.CreateObservableGauge("checkout.ledger.witness_delay", () => Measure(status => status.WitnessDelay.TotalSeconds), "s", "How long the oldest of them has waited.");
        meter.CreateObservableGauge(
            "checkout.ledger.notices", () => Measure(status => status.FollowUps.Notices), "{order}", "Orders with notices that are still to be sent to the merchant.");
        meter.CreateObservableGauge("checkout.ledger.archived", () => Measure(status => status.FollowUps.Archived), "{order}", "Orders in the archive.");
        meter.CreateObservableGauge(
            "checkout.ledger.paused_handlers", () => Measure(status => (long)status.Handlers.Count(handler => handler.PausedAt is not null)), "{handler}", "Fulfillment handlers that are paused.");
        meter.CreateObservableGauge(
            "checkout.redis.memory.used", () => Measure(status => status.Memory?.Used ?? 0), "By", "The memory that the fullest Redis server uses.");
        meter.CreateObservableGauge(
            "checkout.redis.memory.limit", () => Measure(status => status.Memory?.Limit ?? 0), "By", "The memory that this server may use; 0 if it is unknown.");
        meter.CreateObservableGauge("checkout.alert.active", MeasureAlerts, "{alert}", "1 while the alert is active, else 0.");
    }

    public void Set(SystemStatus status) => _status = status;

    private IEnumerable<Measurement<T>> Measure<T>(Func<SystemStatus, T> read)
        where T : struct =>
        _status is { } status && _lease.IsHeld ? [new Measurement<T>(read(status))] : [];

    private IEnumerable<Measurement<long>> MeasureAlerts() => _status is { } status && _lease.IsHeld
        ? AlertRules.All.Select(rule => new Measurement<long>(
            status.Alerts.Any(alert => alert.Rule == rule) ? 1 : 0, new KeyValuePair<string, object?>("checkout.alert", rule)))
        : [];
}
