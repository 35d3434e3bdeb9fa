using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>What the store has to do before it drops old objects.</summary>
internal interface IRetention
{
    /// <summary>Saves the objects without which this one could not be used.</summary>
    void KeepDependencies(Transaction transaction, IHasId saved);

    /// <summary>Does what is still due for an object, or keeps it by saving it again.</summary>
    /// <param name="transaction">The transaction in which the object is dropped.</param>
    /// <param name="entity">The object.</param>
    /// <param name="count">The number of objects of the same kind.</param>
    void BeforeDropping(Transaction transaction, IHasId entity, int count);
}
