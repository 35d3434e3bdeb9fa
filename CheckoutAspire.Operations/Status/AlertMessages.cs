using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Operations.Status;

/// <summary>
/// The messages to <c>ALERT_URL</c>, in the form of Standard Webhooks. The member <c>text</c> is what Slack's and Microsoft Teams' incoming webhooks show; they
/// ignore the other members.
/// </summary>
internal sealed class AlertMessages(IOptions<AlertEndpoint> endpoint, IOptions<StripeOptions> stripe, LedgerMode mode)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,

        // The body is never part of a page, and people read it in logs.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private string Sender => $"CheckoutAspire {stripe.Value.Deployment} ({mode.Mode.ToString().ToLowerInvariant()})";

    /// <summary>The message that an alert has begun; null without <c>ALERT_URL</c>.</summary>
    public AlertMessage? Began(ActiveAlert alert) =>
        Create(alert, "began", alert.Since, $"{Sender}: {alert.Text}", new Alert(alert.Rule, alert.Since, null, stripe.Value.Deployment));

    /// <summary>The message that an alert has ended; null without <c>ALERT_URL</c>.</summary>
    public AlertMessage? Ended(ActiveAlert alert, DateTimeOffset now) => Create(
        alert, "ended", now, $"{Sender}: resolved after {Durations.Text(now - alert.Since)}. It was: {alert.Text}",
        new Alert(alert.Rule, alert.Since, now, stripe.Value.Deployment));

    private AlertMessage? Create(ActiveAlert alert, string what, DateTimeOffset at, string text, Alert data) => endpoint.Value.Url is null
        ? null
        : new AlertMessage(
            string.Create(CultureInfo.InvariantCulture, $"alert/{alert.Rule}/{alert.Since.ToUnixTimeMilliseconds()}/{what}"),
            at,
            JsonSerializer.Serialize(new Message("alert." + what, at, text, data), s_json));

    private sealed record Message(string Type, DateTimeOffset Timestamp, string Text, Alert Data);

    private sealed record Alert(string Rule, DateTimeOffset Since, DateTimeOffset? EndedAt, string Deployment);
}
