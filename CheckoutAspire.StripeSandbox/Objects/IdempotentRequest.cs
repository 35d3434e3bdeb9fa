using Stripe;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>A request that was answered under a key. It is saved in the transaction of its work, so that a crash keeps both or neither.</summary>
internal sealed class IdempotentRequest : IHasId
{
    /// <summary>The key.</summary>
    public required string Id { get; set; }

    public required string Path { get; init; }

    public required string Fingerprint { get; init; }

    public required DateTime Answered { get; init; }

    public required string RequestId { get; init; }

    public required int Status { get; init; }

    public required RawJson Body { get; init; }
}
