using System.Diagnostics.CodeAnalysis;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Control;
using CheckoutAspire.StripeSandbox.Events;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>One piece of work on the store: what it reads, what it saves, the events it causes, in the order of causes.</summary>
internal sealed class Transaction(SandboxStore store, EventCause? cause, DateTime now, long segment)
{
    private readonly Stack<(ITable Table, string Id)> _additions = [];
    private readonly List<SandboxEvent> _events = [];
    private readonly Dictionary<IHasId, ITable> _saved = new(ReferenceEqualityComparer.Instance);
    private readonly List<(ITable Table, string Id)> _deleted = [];

    /// <summary>The time of the work, to the second, as Stripe's timestamps are.</summary>
    public DateTime Now { get; } = DateTime.UnixEpoch.AddSeconds(Math.Floor((now - DateTime.UnixEpoch).TotalSeconds));

    public EventCause? Cause => cause;

    public IReadOnlyList<SandboxEvent> Events => _events;

    /// <summary>What was saved, in the order in which it was saved first.</summary>
    public IReadOnlyCollection<(ITable Table, IHasId Entity)> Saved => [.. _saved.Select(saved => (saved.Value, saved.Key))];

    public IReadOnlyCollection<(ITable Table, string Id)> Deleted => _deleted;

    public bool TryFind<T>(string? id, [NotNullWhen(true)] out T? entity)
        where T : class, IHasId
    {
        entity = null;
        return id is not null && store.Table<T>().TryFind(id, out entity);
    }

    /// <summary>An object that the sandbox itself refers to.</summary>
    public T Get<T>(string id)
        where T : class, IHasId =>
        TryFind<T>(id, out var entity) ? entity : throw new InvalidOperationException($"{typeof(T).Name} {id} is gone from the store.");

    public IEnumerable<T> NewestFirst<T>()
        where T : class, IHasId => store.Table<T>().NewestFirst();

    /// <summary>What is due now, the longest due first.</summary>
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
        if (entity is Session session)
        {
            Retention.KeepTogether(this, session);
        }

        return entity;
    }

    /// <summary>Saves the object as it is, if there is one and it was not saved already.</summary>
    public T? Keep<T>(string? id)
        where T : class, IHasId
    {
        if (TryFind<T>(id, out var entity) && !_saved.ContainsKey(entity))
        {
            Save(entity);
        }

        return entity;
    }

    /// <summary>Notes a change that need not survive a restart.</summary>
    public void Hold<T>(T entity)
        where T : class, IHasId => store.Table<T>().Hold(entity);

    /// <summary>Takes the object away, for good: the last thing that its work does.</summary>
    public void Delete<T>(T entity)
        where T : class, IHasId
    {
        var table = store.Table<T>();
        table.Remove(entity.Id);
        _deleted.Add((table, entity.Id));
    }

    /// <summary>Undoes what the work added, newest first.</summary>
    public void TakeBackAdditions()
    {
        while (_additions.TryPop(out var added))
        {
            added.Table.Remove(added.Id);
        }
    }

    /// <summary>Records an event with the object as it is now.</summary>
    /// <param name="type">The event's type.</param>
    /// <param name="entity">Its object.</param>
    /// <param name="previous">What the changed properties were before: <c>data.previous_attributes</c>.</param>
    public SandboxEvent Emit(string type, IHasId entity, object? previous = null)
    {
        var recorded = new SandboxEvent
        {
            Id = Identifiers.New("evt_1"),
            Type = type,
            Created = Now,
            ObjectId = entity.Id,
            Object = RawJson.Of(StripeJson.ToJson(entity)),
            PreviousAttributes = previous is null ? null : RawJson.Of(StripeJson.ToStored(previous)),
            RequestId = cause?.RequestId,
            IdempotencyKey = cause?.IdempotencyKey,
        };
        if (store.Faults.Take(FaultKind.EventLost, type, out _))
        {
            return recorded;
        }

        _events.Add(recorded);
        return Save(recorded);
    }
}
