using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>Reads members of Stripe's objects. A member of an unexpected type is treated as absent.</summary>
internal static class StripeObject
{
    public static string? Text(this JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public static long Number(this JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out long number) ? number : 0;

    public static bool Flag(this JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue(out bool flag) && flag;

    public static JsonObject? Object(this JsonObject json, string name) => json[name] as JsonObject;

    /// <summary>The id that a member refers to, expanded or not.</summary>
    public static string? Reference(this JsonObject json, string name) => json.Object(name)?.Text("id") ?? json.Text(name);

    /// <summary>Whether an object's own metadata names this installation.</summary>
    public static bool IsOurs(this JsonObject json, string deployment) => json.Object("metadata") is { } metadata
        && metadata.Text(CheckoutMetadata.Source) == CheckoutMetadata.SourceValue
        && metadata.Text(CheckoutMetadata.Deployment) == deployment;

    /// <summary>Whether the subscription of an invoice is this installation's: its metadata is copied to each of its invoices.</summary>
    /// <remarks>Invoices of API versions before 2025-03-31 have <c>subscription_details</c> at the top.</remarks>
    public static bool IsOurInvoice(this JsonObject invoice, string deployment) =>
        (invoice.Object("parent")?.Object("subscription_details") ?? invoice.Object("subscription_details"))?.IsOurs(deployment) == true;
}
