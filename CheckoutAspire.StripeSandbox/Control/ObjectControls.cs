using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>Actions on the objects of one kind. Each action is offered only in the states that allow it.</summary>
/// <param name="store">The store.</param>
/// <param name="name">The name of the kind in error messages, for example <c>session</c>.</param>
internal abstract class ObjectControls<T>(SandboxStore store, string name)
    where T : class, IHasId
{
    private const string Newest = "newest";

    /// <summary>Applies an action to the object with the identifier, or to the newest one that allows it if the identifier is <c>newest</c>.</summary>
    public IResult Do(string id, string action) => Do(id, action, (transaction, entity) => Apply(transaction, entity, action));

    /// <summary>The actions that the object's state allows.</summary>
    public abstract IReadOnlyList<string> Offered(Transaction transaction, T entity);

    /// <summary>The object as the control page shows it.</summary>
    public abstract object View(Transaction transaction, T entity);

    protected IResult Do(string id, string action, Action<Transaction, T> apply) => store.Transact(null, transaction =>
    {
        var entity = id == Newest ? transaction.NewestFirst<T>().FirstOrDefault(candidate => Offered(transaction, candidate).Contains(action))
            : transaction.TryFind<T>(id, out var found) ? found
            : null;
        if (entity is null)
        {
            return ControlEndpoints.Error(
                StatusCodes.Status404NotFound, id == Newest ? $"There is no {name} to {action}." : $"There is no {name} {id}.");
        }

        var offered = Offered(transaction, entity);
        if (!offered.Contains(action))
        {
            return ControlEndpoints.Error(
                StatusCodes.Status409Conflict,
                offered.Count == 0
                    ? $"No action is possible: the {name} is {StateOf(entity)}."
                    : $"The {name} is {StateOf(entity)}. Possible actions: {string.Join(", ", offered)}.");
        }

        apply(transaction, entity);
        return Results.Json(View(transaction, entity));
    });

    protected abstract void Apply(Transaction transaction, T entity, string action);

    protected abstract string StateOf(T entity);
}
