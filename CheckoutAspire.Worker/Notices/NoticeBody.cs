using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.Worker.Fulfillment;

namespace CheckoutAspire.Worker.Notices;

/// <summary>The body of a notice: the order as the ledger has it, without reasons, operators' words or personal data.</summary>
internal static partial class NoticeBody
{
    public static string Write(string type, DueNotice notice, Order order) => JsonSerializer.Serialize(
        new Notice(type, MerchantEndpoint.Version, notice.At, DataOf(notice, order)), NoticeJson.Default.Notice);

    private static OrderNotice DataOf(DueNotice notice, Order order) => new()
    {
        Id = order.SessionId,
        OrderRef = order.OrderRef,
        OrderNumber = order.Number,
        ClientReferenceId = order.ClientReferenceId,
        ProductId = order.ProductId,
        Livemode = order.Livemode,
        Payment = order.Payment.ToString().ToLowerInvariant(),
        Fulfillment = order.Fulfillment.ToString().ToLowerInvariant(),
        AmountTotal = order.AmountTotal,
        AmountRefunded = order.AmountRefunded,
        AmountDisputed = order.AmountDisputed,
        Currency = order.Currency,
        PaymentIntent = order.PaymentIntent is { Length: > 0 } intent ? intent : null,
        Subscription = order.Subscription,
        SubscriptionStatus = order.SubscriptionState?.Status,
        Decision = notice.Step is "approved" or "rejected" ? notice.Step : null,
        Refunds = [.. order.Refunds.Select(AmountOf)],
        Disputes = [.. order.Disputes.Select(AmountOf)],
        Principal = order.Principal,
        BuyerRef = order.BuyerRef,
    };

    private static ReturnedAmount AmountOf(OrderReturn one) =>
        new(one.Id, one.Status, one.Amount, one.Currency, one.Reason.Length > 0 ? one.Reason : null, one.AsOf);

    private sealed record Notice(string Type, string Version, DateTimeOffset Timestamp, OrderNotice Data);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Notice))]
    private sealed partial class NoticeJson : JsonSerializerContext;
}
