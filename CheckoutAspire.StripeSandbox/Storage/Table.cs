using System.Diagnostics.CodeAnalysis;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>Objects of one kind, by identifier and by age.</summary>
internal sealed class Table<T> : ITable
    where T : class, IHasId
{
    private readonly Dictionary<string, int> _positions = new(StringComparer.Ordinal);
    private readonly List<T> _byAge = [];

    public int Count => _byAge.Count;

    public bool TryFind(string id, [NotNullWhen(true)] out T? entity)
    {
        entity = _positions.TryGetValue(id, out var position) ? _byAge[position] : null;
        return entity is not null;
    }

    /// <returns>Whether it is new.</returns>
    public bool Put(T entity)
    {
        if (_positions.TryGetValue(entity.Id, out var position))
        {
            _byAge[position] = entity;
            return false;
        }

        _positions.Add(entity.Id, _byAge.Count);
        _byAge.Add(entity);
        return true;
    }

    public IEnumerable<T> NewestFirst()
    {
        for (var position = _byAge.Count - 1; position >= 0; position--)
        {
            yield return _byAge[position];
        }
    }

    void ITable.Put(object entity) => Put((T)entity);

    void ITable.RemoveNewest()
    {
        _positions.Remove(_byAge[^1].Id);
        _byAge.RemoveAt(_byAge.Count - 1);
    }
}

/// <summary>A table whose kind is known at run time only.</summary>
internal interface ITable
{
    void Put(object entity);

    /// <summary>Takes back the last addition.</summary>
    void RemoveNewest();
}
