using System.Diagnostics.CodeAnalysis;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>Objects of one kind: by identifier, by age, and by the time at which something is due.</summary>
/// <param name="dueAt">Returns when scheduled work is due for an object, or null.</param>
internal sealed class Table<T>(Func<T, DateTime?>? dueAt = null) : ITable
    where T : class, IHasId
{
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly SortedSet<Slot> _due = new(Comparer<Slot>.Create(static (left, right) =>
        left.Due!.Value.CompareTo(right.Due!.Value) is not 0 and var order ? order : left.Ordinal.CompareTo(right.Ordinal)));

    private Slot? _newest;
    private long _ordinals;

    public int Count => _slots.Count;

    public string Kind => typeof(T).Name;

    public Type EntityType => typeof(T);

    public bool TryFind(string id, [NotNullWhen(true)] out T? entity)
    {
        entity = _slots.GetValueOrDefault(id)?.Entity;
        return entity is not null;
    }

    /// <summary>Adds the object, or updates the indexes after a change.</summary>
    /// <param name="entity">The object.</param>
    /// <param name="segment">The journal's segment that will contain it.</param>
    /// <returns>Whether the object is new.</returns>
    public bool Put(T entity, long segment)
    {
        var isNew = !_slots.TryGetValue(entity.Id, out var slot);
        if (slot is null)
        {
            slot = new Slot(entity, ++_ordinals);
            _slots.Add(entity.Id, slot);
            LinkNewest(slot);
        }

        slot.Entity = entity;
        slot.Segment = segment;
        SetDue(slot);
        return isNew;
    }

    /// <summary>Updates the indexes after a change that is not journaled: a restart restores the object as it was last saved.</summary>
    public void Hold(T entity) => SetDue(_slots[entity.Id]);

    public IEnumerable<T> NewestFirst()
    {
        for (var slot = _newest; slot is not null; slot = slot.Older)
        {
            yield return slot.Entity;
        }
    }

    /// <summary>Up to <paramref name="limit"/> due objects, the longest due first.</summary>
    public List<T> Due(DateTime now, int limit = int.MaxValue) =>
        [.. _due.TakeWhile(slot => slot.Due <= now).Take(limit).Select(slot => slot.Entity)];

    public void Remove(string id)
    {
        if (!_slots.Remove(id, out var slot))
        {
            return;
        }

        if (slot.Due is not null)
        {
            _due.Remove(slot);
        }

        if (slot.Newer is { } newer)
        {
            newer.Older = slot.Older;
        }
        else
        {
            _newest = slot.Older;
        }

        if (slot.Older is { } older)
        {
            older.Newer = slot.Newer;
        }
    }

    public long OrdinalOf(string id) => _slots[id].Ordinal;

    public long? SegmentOf(string id) => _slots.GetValueOrDefault(id)?.Segment;

    IHasId ITable.Find(string id) => _slots[id].Entity;

    void ITable.Restore(IHasId entity, long ordinal, long segment)
    {
        if (Put((T)entity, segment))
        {
            _slots[entity.Id].Ordinal = ordinal;
            _ordinals = Math.Max(_ordinals, ordinal);
        }
    }

    void ITable.SortByAge()
    {
        _newest = null;
        _due.Clear();
        foreach (var slot in _slots.Values.OrderBy(slot => slot.Ordinal))
        {
            slot.Due = null;
            LinkNewest(slot);
            SetDue(slot);
        }
    }

    private void LinkNewest(Slot slot)
    {
        slot.Older = _newest;
        slot.Newer = null;
        if (_newest is not null)
        {
            _newest.Newer = slot;
        }

        _newest = slot;
    }

    private void SetDue(Slot slot)
    {
        var due = dueAt?.Invoke(slot.Entity);
        if (slot.Due == due)
        {
            return;
        }

        if (slot.Due is not null)
        {
            _due.Remove(slot);
        }

        slot.Due = due;
        if (due is not null)
        {
            _due.Add(slot);
        }
    }

    private sealed class Slot(T entity, long ordinal)
    {
        public T Entity { get; set; } = entity;

        /// <summary>The object's position in the order of creation.</summary>
        public long Ordinal { get; set; } = ordinal;

        public long Segment { get; set; }

        /// <summary>The value that the index uses; the object itself may already have changed.</summary>
        public DateTime? Due { get; set; }

        public Slot? Older { get; set; }

        public Slot? Newer { get; set; }
    }
}

/// <summary>A table whose type is known only at run time.</summary>
internal interface ITable
{
    string Kind { get; }

    Type EntityType { get; }

    int Count { get; }

    IHasId Find(string id);

    void Remove(string id);

    long OrdinalOf(string id);

    /// <summary>The segment that last recorded the object; null if the object does not exist.</summary>
    long? SegmentOf(string id);

    /// <summary>Adds an object from the journal. <see cref="SortByAge"/> must be called afterwards.</summary>
    void Restore(IHasId entity, long ordinal, long segment);

    void SortByAge();
}
