using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.Orders;

namespace CheckoutAspire.Worker;

/// <summary>The part of a <c>checkout.session.*</c> event that decides about an order; everything else is skipped.</summary>
internal sealed partial record CheckoutEvent(CheckoutEvent.EventData Data)
{
    /// <summary>Reads what a stream entry says.</summary>
    /// <param name="entry">The entry; its bytes were verified by the receiver.</param>
    /// <param name="deployment">The name of this installation.</param>
    /// <param name="fact">The fact, when the entry can be read.</param>
    /// <param name="reason">Else why not, without any of the content.</param>
    public static bool TryRead(
        in EventEntry entry,
        string deployment,
        [NotNullWhen(true)] out CheckoutFact? fact,
        [NotNullWhen(false)] out string? reason)
    {
        fact = null;
        try
        {
            var body = (ReadOnlyMemory<byte>)entry.Body;
            fact = JsonSerializer.Deserialize(body.Span, Json.Default.CheckoutEvent)?.Data.Object.ToFact(entry.Type.ToString(), deployment);
            reason = fact is null ? "The payment_status is none that Stripe documents." : null;
            return fact is not null;
        }
        catch (JsonException exception)
        {
            reason = $"The event's {exception.Path ?? "body"} is not of the documented type.";
            return false;
        }
    }

    internal sealed record EventData(CheckoutSession Object);

    internal sealed record CheckoutSession
    {
        public required string Id { get; init; }

        public required string Currency { get; init; }

        public required long AmountSubtotal { get; init; }

        public required long AmountTotal { get; init; }

        public required bool Livemode { get; init; }

        public required string PaymentStatus { get; init; }

        public string? PaymentIntent { get; init; }

        public string? Mode { get; init; }

        public long ExpiresAt { get; init; }

        public string? ClientReferenceId { get; init; }

        public IReadOnlyDictionary<string, string>? Metadata { get; init; }

        public CheckoutFact? ToFact(string type, string deployment) =>
            Judge(type) is not { } fact ? null : new CheckoutFact
            {
                SessionId = Id,
                Fact = fact,
                Ours = Tag(CheckoutMetadata.Source) == CheckoutMetadata.SourceValue && Tag(CheckoutMetadata.Deployment) == deployment,
                PaymentStatus = PaymentStatus,
                AmountSubtotal = AmountSubtotal,
                AmountTotal = AmountTotal,
                Currency = Currency,
                Livemode = Livemode,
                PaymentIntent = PaymentIntent ?? "",
                Mode = Mode ?? "",
                ExpiresAt = ExpiresAt,
                OrderRef = Tag(CheckoutMetadata.OrderRef),
                ProductId = Tag(CheckoutMetadata.ProductId),
                ClientReferenceId = ClientReferenceId ?? "",
            };

        private string Tag(string name) => Metadata is not null && Metadata.TryGetValue(name, out var value) ? value : "";

        /// <summary>
        /// Only the payment status proves payment, by an allow-list: a status that Stripe adds later proves nothing
        /// (<see href="https://docs.stripe.com/checkout/fulfillment"/>).
        /// </summary>
        private PaymentFact? Judge(string type) => (type, PaymentStatus) switch
        {
            (HandledEvents.CheckoutExpired, _) => PaymentFact.Expired,
            (HandledEvents.AsyncPaymentFailed, _) => PaymentFact.Failed,
            (_, "paid" or "no_payment_required") => PaymentFact.Paid,
            (_, "unpaid") => PaymentFact.Unpaid,
            _ => null,
        };
    }

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(CheckoutEvent))]
    private sealed partial class Json : JsonSerializerContext;
}
