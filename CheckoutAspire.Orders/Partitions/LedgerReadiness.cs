namespace CheckoutAspire.Orders.Partitions;

/// <summary>Whether the service is verified to belong to the ledger. Before that it must neither write nor fulfill.</summary>
public sealed class LedgerReadiness
{
    private readonly TaskCompletionSource _verified = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the ledger is verified.</summary>
    public bool Verified => _verified.Task.IsCompleted;

    /// <summary>Completes when the ledger is verified.</summary>
    public Task WhenVerifiedAsync(CancellationToken cancellationToken) => _verified.Task.WaitAsync(cancellationToken);

    internal void SetVerified() => _verified.TrySetResult();
}
