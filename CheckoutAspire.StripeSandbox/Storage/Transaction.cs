using System.Diagnostics.CodeAnalysis;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Events;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>One piece of work on the store: what it reads, what it saves, the events it causes, in the order of causes.</summary>
internal sealed class Transaction(SandboxStore store, EventCause? cause, DateTime now, bool deliversEvents)
{
    private readonly Stack<ITable> _additions = [];
    private readonly List<SandboxEvent> _events = [];
    private readonly HashSet<IHasId> _saved = new(ReferenceEqualityComparer.Instance);

    /// <summary>The time of the work, to the second, as Stripe's timestamps are.</summary>
    public DateTime Now { get; } = DateTime.UnixEpoch.AddSeconds(Math.Floor((now - DateTime.UnixEpoch).TotalSeconds));

    public IReadOnlyList<SandboxEvent> Events => _events;

    public IReadOnlyCollection<IHasId> Saved => _saved;

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

    public T Save<T>(T entity)
        where T : class, IHasId
    {
        var table = store.Table<T>();
        if (table.Put(entity))
        {
            _additions.Push(table);
        }

        _saved.Add(entity);
        return entity;
    }

    /// <summary>Undoes what the work added, newest first.</summary>
    public void TakeBackAdditions()
    {
        while (_additions.TryPop(out var table))
        {
            table.RemoveNewest();
        }
    }

    /// <summary>Records an event with the object as it is now.</summary>
    public SandboxEvent Emit(string type, IHasId entity)
    {
        var recorded = new SandboxEvent
        {
            Id = Identifiers.New("evt_1"),
            Type = type,
            Created = Now,
            ObjectId = entity.Id,
            ObjectJson = StripeJson.ToJson(entity).ToJsonString(StripeJson.Compact),
            RequestId = cause?.RequestId,
            IdempotencyKey = cause?.IdempotencyKey,
            PendingWebhooks = deliversEvents ? 1 : 0,
        };
        _events.Add(recorded);
        return Save(recorded);
    }
}
