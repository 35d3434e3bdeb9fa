using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Replaces identifiers by objects: <c>expand[]=line_items&amp;expand[]=payment_intent.latest_charge&amp;expand[]=data.customer</c>.</summary>
/// <remarks><see href="https://docs.stripe.com/api/expanding_objects"/></remarks>
internal static class Expansion
{
    private const int MaximumDepth = 4;

    /// <summary>The expandable properties by the kind of the object that has them, and how each is resolved.</summary>
    private static readonly Dictionary<(string Kind, string Property), Func<Transaction, JsonObject, JsonNode?>> Expandable = new()
    {
        [("checkout.session", "line_items")] = static (transaction, json) => LineItems(transaction, (string)json["id"]!),
        [("checkout.session", "payment_intent")] = Reference<PaymentIntent>("payment_intent"),
        [("checkout.session", "setup_intent")] = Reference<SetupIntent>("setup_intent"),
        [("checkout.session", "customer")] = Reference<Customer>("customer"),
        [("checkout.session", "subscription")] = Reference<Subscription>("subscription"),
        [("checkout.session", "invoice")] = Reference<Invoice>("invoice"),
        [("checkout.session.shipping_cost", "shipping_rate")] = Reference<ShippingRate>("shipping_rate"),
        [("checkout.session.shipping_options", "shipping_rate")] = Reference<ShippingRate>("shipping_rate"),
        [("item", "taxes")] = static (transaction, json) => TaxesOf(transaction, (string)json["id"]!),
        [("payment_intent", "latest_charge")] = Reference<Charge>("latest_charge"),
        [("payment_intent", "payment_method")] = Reference<PaymentMethod>("payment_method"),
        [("payment_intent", "customer")] = Reference<Customer>("customer"),
        [("setup_intent", "payment_method")] = Reference<PaymentMethod>("payment_method"),
        [("setup_intent", "customer")] = Reference<Customer>("customer"),
        [("charge", "payment_intent")] = Reference<PaymentIntent>("payment_intent"),
        [("charge", "customer")] = Reference<Customer>("customer"),
        [("charge", "refunds")] = static (transaction, json) => RefundsOf(transaction, (string)json["id"]!),
        [("refund", "charge")] = Reference<Charge>("charge"),
        [("refund", "payment_intent")] = Reference<PaymentIntent>("payment_intent"),
        [("refund", "payment_method")] = Reference<PaymentMethod>("payment_method"),
        [("dispute", "charge")] = Reference<Charge>("charge"),
        [("dispute", "payment_intent")] = Reference<PaymentIntent>("payment_intent"),
        [("promotion_code", "customer")] = Reference<Customer>("customer"),
        [("price", "product")] = Reference<Product>("product"),
        [("product", "default_price")] = Reference<Price>("default_price"),
        [("subscription", "customer")] = Reference<Customer>("customer"),
        [("subscription", "latest_invoice")] = Reference<Invoice>("latest_invoice"),
        [("subscription", "default_payment_method")] = Reference<PaymentMethod>("default_payment_method"),
        [("invoice", "payments")] = static (transaction, json) => PaymentsOf(transaction, (string)json["id"]!),
        [("invoice.parent.subscription_details", "subscription")] = Reference<Subscription>("subscription"),
        [("invoice_payment", "invoice")] = Reference<Invoice>("invoice"),
        [("invoice_payment.payment", "payment_intent")] = Reference<PaymentIntent>("payment_intent"),
        [("price", "currency_options")] = static (transaction, json) =>
            transaction.TryFind<Price>((string)json["id"]!, out var price) ? CurrencyOptionsOf(price) : null,
        [("invoice", "customer")] = Reference<Customer>("customer"),
        [("payment_method", "customer")] = Reference<Customer>("customer"),
    };

    public static JsonObject Expand(Transaction transaction, JsonObject json, IEnumerable<string>? paths)
    {
        foreach (var path in paths ?? [])
        {
            var segments = path.Split('.');
            if (segments.Length > MaximumDepth)
            {
                throw ApiErrors.Invalid(
                    $"You cannot expand more than {MaximumDepth} levels of a property (property: {path}).", "expand");
            }

            Expand(transaction, json, segments, path);
        }

        return json;
    }

    /// <summary>The session's line items, as <c>expand[]=line_items</c> returns them.</summary>
    public static JsonObject LineItems(Transaction transaction, string sessionId) => Pagination.List(
        transaction.Get<CheckoutTerms>(sessionId).LineItems.Take(10).Select(StripeJson.ToJson),
        transaction.Get<CheckoutTerms>(sessionId).LineItems.Count > 10,
        $"/v1/checkout/sessions/{sessionId}/line_items");

    private static JsonObject RefundsOf(Transaction transaction, string chargeId)
    {
        var refunds = transaction.NewestFirst<Refund>().Where(refund => refund.ChargeId == chargeId).Select(StripeJson.ToJson).Take(11).ToList();
        return Pagination.List(refunds.Take(10), refunds.Count > 10, $"/v1/charges/{chargeId}/refunds");
    }

    private static JsonObject PaymentsOf(Transaction transaction, string invoiceId)
    {
        var payments = transaction.NewestFirst<InvoicePayment>().Where(payment => payment.InvoiceId == invoiceId).Select(StripeJson.ToJson).Take(11).ToList();
        return Pagination.List(payments.Take(10), payments.Count > 10, $"/v1/invoice_payments?invoice={invoiceId}");
    }

    private static JsonArray? TaxesOf(Transaction transaction, string lineId) => transaction.NewestFirst<CheckoutTerms>()
        .SelectMany(terms => terms.LineItems).FirstOrDefault(line => line.Id == lineId)?.Taxes is { } taxes
            ? new JsonArray([.. taxes.Select(StripeJson.ToJson)])
            : null;

    private static JsonObject? CurrencyOptionsOf(Price price)
    {
        if (price.CurrencyOptions is null)
        {
            return null;
        }

        var options = new JsonObject();
        foreach (var (currency, option) in price.CurrencyOptions)
        {
            options[currency] = StripeJson.ToStored(option);
            options[currency]!.AsObject().Remove("tiers");
        }

        return options;
    }

    private static void Expand(Transaction transaction, JsonObject holder, ReadOnlySpan<string> segments, string path, string place = "")
    {
        if (segments.IsEmpty)
        {
            return;
        }

        var kind = (string?)holder["object"] ?? place;
        if (Expandable.TryGetValue((kind, segments[0]), out var find) && holder[segments[0]] is not JsonObject
            && find(transaction, holder) is { } found)
        {
            holder[segments[0]] = found;
        }

        switch (holder[segments[0]])
        {
            case JsonArray when find is not null && segments.Length == 1:
                break;
            case JsonArray array when kind == "list" || $"{kind}.{segments[0]}" == "checkout.session.shipping_options":
                foreach (var item in array.OfType<JsonObject>())
                {
                    Expand(transaction, item, segments[1..], path, $"{kind}.{segments[0]}");
                }

                break;
            case JsonObject child when find is not null || segments.Length > 1:
                Expand(transaction, child, segments[1..], path, $"{kind}.{segments[0]}");
                break;
            case null when (find is not null || segments.Length > 1) && holder.ContainsKey(segments[0]):
            case JsonValue when find is not null:
                // The property is null, or its object has been dropped: the identifier stays.
                break;
            default:
                throw ApiErrors.Invalid($"This property cannot be expanded ({path}).", "expand");
        }
    }

    private static Func<Transaction, JsonObject, JsonNode?> Reference<T>(string property)
        where T : class, IHasId =>
        (transaction, holder) => transaction.TryFind<T>((string?)holder[property], out var entity) ? StripeJson.ToJson(entity) : null;
}
