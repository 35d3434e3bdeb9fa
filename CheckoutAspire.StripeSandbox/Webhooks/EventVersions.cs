using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>
/// Renders events in the API version of a webhook endpoint. Versions before 2025-03-31 (Basil) link an invoice to its subscription and its
/// payment by properties of the invoice itself; other differences are not simulated.
/// </summary>
/// <remarks><see href="https://docs.stripe.com/changelog/basil/2025-03-31/adds-new-parent-field-to-invoicing-objects"/></remarks>
internal static partial class EventVersions
{
    private const string Basil = "2025-03-31";

    /// <summary>Whether the text is an API version, for example <c>2024-06-20</c> or <c>2026-10-28.endive</c>.</summary>
    public static bool IsVersion(string text) => Version().IsMatch(text);

    public static JsonObject ToJson(Transaction transaction, SandboxEvent recorded, string apiVersion)
    {
        var json = recorded.ToJson();
        json["api_version"] = apiVersion;
        if (string.CompareOrdinal(apiVersion, Basil) < 0)
        {
            var entity = json["data"]!["object"]!.AsObject();
            switch (TextOf(entity, "object"))
            {
                case "invoice":
                    RewriteInvoice(transaction, entity);
                    break;
                case "charge":
                    entity["invoice"] = InvoiceOf(transaction, TextOf(entity, "payment_intent"));
                    break;
                case "payment_intent":
                    entity["invoice"] = InvoiceOf(transaction, TextOf(entity, "id"));
                    break;
            }
        }

        return json;
    }

    private static void RewriteInvoice(Transaction transaction, JsonObject invoice)
    {
        if (invoice["parent"] is not JsonObject parent || parent["subscription_details"] is not JsonObject details)
        {
            return;
        }

        var payment = transaction.NewestFirst<InvoicePayment>().FirstOrDefault(each => each.InvoiceId == TextOf(invoice, "id"));
        var intent = payment?.Payment.PaymentIntentId;
        invoice["charge"] = transaction.TryFind<PaymentIntent>(intent, out var found) ? found.LatestChargeId : null;
        invoice["paid"] = TextOf(invoice, "status") == "paid";
        invoice["payment_intent"] = intent;
        invoice["subscription"] = details["subscription"]?.DeepClone();
        invoice["subscription_details"] = new JsonObject { ["metadata"] = details["metadata"]?.DeepClone() };
        invoice.Remove("parent");
    }

    private static string? InvoiceOf(Transaction transaction, string? intent) => intent is null
        ? null
        : transaction.NewestFirst<InvoicePayment>().FirstOrDefault(payment => payment.Payment.PaymentIntentId == intent)?.InvoiceId;

    /// <summary>A string property. The content of an injected event can have any type.</summary>
    private static string? TextOf(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    [GeneratedRegex("^20[0-9]{2}-[0-9]{2}-[0-9]{2}(\\.[a-z]+)?$")]
    private static partial Regex Version();
}
