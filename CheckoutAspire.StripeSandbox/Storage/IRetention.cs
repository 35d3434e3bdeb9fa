using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>Decides what happens to old objects before the store drops them.</summary>
internal interface IRetention
{
    /// <summary>Saves the objects without which this one could not be used.</summary>
    void KeepDependencies(Transaction transaction, IHasId saved);

    /// <summary>Does the work that is scheduled for an object, or keeps the object by saving it again.</summary>
    /// <param name="transaction">The transaction in which the object is dropped.</param>
    /// <param name="entity">The object.</param>
    /// <param name="count">The number of objects of the same kind.</param>
    void BeforeDropping(Transaction transaction, IHasId entity, int count);
}
