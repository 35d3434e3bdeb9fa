using CheckoutAspire.McpApi.Access;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>A kind of resource that clients can subscribe to.</summary>
internal interface IResourceFeed
{
    /// <summary>Whether the URI belongs to a resource of this kind.</summary>
    bool Covers(string uri);

    /// <summary>Starts to watch a resource for a caller.</summary>
    /// <exception cref="ModelContextProtocol.McpProtocolException">The resource does not exist for this caller.</exception>
    Task<IResourceWatch> WatchAsync(string uri, Caller caller, CancellationToken cancellationToken);
}

/// <summary>One subscription to one resource.</summary>
internal interface IResourceWatch : IDisposable
{
    /// <summary>Returns when the resource has changed since the last return.</summary>
    Task NextAsync(CancellationToken cancellationToken);
}
