using CheckoutAspire.McpApi.Access;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>A kind of resource that changes: whoever subscribes to one is told.</summary>
internal interface IResourceFeed
{
    /// <summary>Whether the URI names a resource of this kind.</summary>
    bool Covers(string uri);

    /// <summary>Begins to watch a resource for a caller.</summary>
    /// <exception cref="ModelContextProtocol.McpProtocolException">There is no such resource for this caller.</exception>
    Task<IResourceWatch> WatchAsync(string uri, Caller caller, CancellationToken cancellationToken);
}

/// <summary>One subscriber's view of one resource.</summary>
internal interface IResourceWatch : IDisposable
{
    /// <summary>Returns when the resource has changed since the last return.</summary>
    Task NextAsync(CancellationToken cancellationToken);
}
