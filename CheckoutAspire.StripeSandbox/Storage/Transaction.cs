using System.Diagnostics.CodeAnalysis;
using CheckoutAspire.StripeSandbox.Faults;
using CheckoutAspire.StripeSandbox.Objects;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>One unit of work on the store: its reads, the objects that it saves, and the events that it causes, in causal order.</summary>
internal sealed class Transaction(SandboxStore store, EventCause? cause, DateTime now, long segment)
{
    private readonly Stack<(ITable Table, string Id)> _additions = [];
    private readonly List<SandboxEvent> _events = [];
    private readonly Dictionary<IHasId, ITable> _saved = new(ReferenceEqualityComparer.Instance);
    private readonly List<(ITable Table, string Id)> _deleted = [];

    /// <summary>The time of the transaction in whole seconds, as in Stripe's timestamps.</summary>
    public DateTime Now { get; } = DateTime.UnixEpoch.AddSeconds(Math.Floor((now - DateTime.UnixEpoch).TotalSeconds));

    public IReadOnlyList<SandboxEvent> Events => _events;

    /// <summary>The saved objects in the order in which each was first saved.</summary>
    public IReadOnlyCollection<(ITable Table, IHasId Entity)> Saved => [.. _saved.Select(saved => (saved.Value, saved.Key))];

    public IReadOnlyCollection<(ITable Table, string Id)> Deleted => _deleted;

    public bool TryFind<T>(string? id, [NotNullWhen(true)] out T? entity)
        where T : class, IHasId
    {
        entity = null;
        return id is not null && store.Table<T>().TryFind(id, out entity);
    }

    /// <summary>An object that another object refers to.</summary>
    public T Get<T>(string id)
        where T : class, IHasId =>
        TryFind<T>(id, out var entity) ? entity : throw new InvalidOperationException($"{typeof(T).Name} {id} is no longer in the store.");

    public IEnumerable<T> NewestFirst<T>()
        where T : class, IHasId => store.Table<T>().NewestFirst();

    /// <summary>The objects that are due, the longest due first.</summary>
    public List<T> Due<T>(int limit = int.MaxValue)
        where T : class, IHasId => store.Table<T>().Due(Now, limit);

    public T Save<T>(T entity)
        where T : class, IHasId
    {
        var table = store.Table<T>();
        if (table.Put(entity, segment))
        {
            _additions.Push((table, entity.Id));
        }

        _saved[entity] = table;
        store.Retention.KeepDependencies(this, entity);
        return entity;
    }

    /// <summary>Saves the object again if it exists and has not been saved in this transaction.</summary>
    public T? Keep<T>(string? id)
        where T : class, IHasId
    {
        if (TryFind<T>(id, out var entity) && !_saved.ContainsKey(entity))
        {
            Save(entity);
        }

        return entity;
    }

    /// <summary>Records a change that does not have to survive a restart.</summary>
    public void Hold<T>(T entity)
        where T : class, IHasId => store.Table<T>().Hold(entity);

    /// <summary>Deletes the object. Must be the last step of the work, because it is not undone.</summary>
    public void Delete<T>(T entity)
        where T : class, IHasId
    {
        var table = store.Table<T>();
        table.Remove(entity.Id);
        _deleted.Add((table, entity.Id));
    }

    /// <summary>Removes the objects that the work added, newest first.</summary>
    public void TakeBackAdditions()
    {
        while (_additions.TryPop(out var added))
        {
            added.Table.Remove(added.Id);
        }
    }

    /// <summary>Records an event with a snapshot of the object.</summary>
    /// <param name="type">The event's type.</param>
    /// <param name="entity">Its object.</param>
    /// <param name="previous">The previous values of the changed properties: <c>data.previous_attributes</c>.</param>
    public SandboxEvent Emit(string type, IHasId entity, object? previous = null) => Emit(new SandboxEvent
    {
        Id = Identifiers.New("evt_1"),
        Type = type,
        Created = Now,
        ObjectId = entity.Id,
        Object = RawJson.Of(StripeJson.ToJson(entity)),
        PreviousAttributes = previous is null ? null : RawJson.Of(StripeJson.ToStored(previous)),
        RequestId = cause?.RequestId,
        IdempotencyKey = cause?.IdempotencyKey,
    });

    /// <summary>Records an event, unless a fault loses it.</summary>
    public SandboxEvent Emit(SandboxEvent recorded)
    {
        if (store.Faults.Take(FaultKind.EventLost, recorded.Type, out _))
        {
            return recorded;
        }

        _events.Add(recorded);
        return Save(recorded);
    }
}
