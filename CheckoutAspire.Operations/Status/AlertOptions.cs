using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Operations.Status;

/// <summary>When operators are alerted, section <c>Alerts</c>. Zero switches a rule off.</summary>
internal sealed class AlertOptions
{
    /// <summary>How long the oldest paid order or unsettled event may wait (<c>Alerts__OldestOwed</c>).</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00", "7.00:00:00", ErrorMessage = "Alerts__OldestOwed must be between 00:00:00 and 7.00:00:00.")]
    public TimeSpan OldestOwed { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>From how many held orders on there is an alert (<c>Alerts__Held</c>).</summary>
    [SettingRange(0, 1_000_000, ErrorMessage = "Alerts__Held must be between 0 and 1000000.")]
    public int Held { get; set; } = 1;

    /// <summary>From how many dead letters on there is an alert (<c>Alerts__DeadLetters</c>).</summary>
    [SettingRange(0, 1_000_000, ErrorMessage = "Alerts__DeadLetters must be between 0 and 1000000.")]
    public int DeadLetters { get; set; } = 1;

    /// <summary>From how many wrong signatures on, within an hour and without a correct one, there is an alert (<c>Alerts__SignatureFailures</c>).</summary>
    [SettingRange(0, 1_000_000, ErrorMessage = "Alerts__SignatureFailures must be between 0 and 1000000.")]
    public int SignatureFailures { get; set; } = 3;

    /// <summary>How long ago reconciliation may have read one of Stripe's lists (<c>Alerts__ReconciliationAge</c>).</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00", "30.00:00:00", ErrorMessage = "Alerts__ReconciliationAge must be between 00:00:00 and 30.00:00:00.")]
    public TimeSpan ReconciliationAge { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long an alert lasts after the clock of a Redis server was set back (<c>Alerts__ClockSetBack</c>).</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00", "7.00:00:00", ErrorMessage = "Alerts__ClockSetBack must be between 00:00:00 and 7.00:00:00.")]
    public TimeSpan ClockSetBack { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many percent of its memory Redis may use (<c>Alerts__MemoryPercent</c>).</summary>
    [SettingRange(0, 100, ErrorMessage = "Alerts__MemoryPercent must be between 0 and 100.")]
    public int MemoryPercent { get; set; } = 80;

    /// <summary>From how many paused handlers on there is an alert (<c>Alerts__PausedHandlers</c>).</summary>
    [SettingRange(0, 1000, ErrorMessage = "Alerts__PausedHandlers must be between 0 and 1000.")]
    public int PausedHandlers { get; set; } = 1;

    /// <summary>How often the state is read and the rules are evaluated (<c>Alerts__Interval</c>). Many partitions are read less often, up to once a minute.</summary>
    [SettingRange(typeof(TimeSpan), "00:00:00.05", "00:01:00", ErrorMessage = "Alerts__Interval must be between 00:00:00.05 and 00:01:00.")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class AlertOptionsValidator : IValidateOptions<AlertOptions>;

/// <summary>The endpoint that is called when an alert begins or ends: <c>ALERT_URL</c> and <c>ALERT_SECRET</c>, both or neither.</summary>
internal sealed class AlertEndpoint() : SignedEndpoint("ALERT", "what is wrong with your orders");
