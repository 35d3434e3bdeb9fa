using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Machine;

/// <summary>A redis-server for one measurement, in <c>artifacts/bench</c>: empty or with prepared data.</summary>
internal static class BenchRedis
{
    private static readonly TimeSpan s_compactedWithin = TimeSpan.FromMinutes(10);

    /// <param name="appendfsync">When it syncs its log: <c>everysec</c> or <c>always</c>.</param>
    /// <param name="data">A directory that <see cref="KeepAsync"/> returned, whose data it starts with; null to start empty.</param>
    /// <param name="rewrites">Whether it may rewrite its log when that has grown, which costs a fork at an unpredictable moment.</param>
    public static Task<RedisServer> StartAsync(string appendfsync, string? data = null, bool rewrites = false)
    {
        var directory = new DirectoryInfo(Layout.NewDirectory("redis-"));
        if (data is not null)
        {
            Copy(data, directory.FullName);
        }

        string[] arguments = ["--appendfsync", appendfsync, .. rewrites ? Array.Empty<string>() : ["--auto-aof-rewrite-percentage", "0"]];
        return RedisServer.StartAsync(directory, ",asyncTimeout=60000", arguments);
    }

    /// <summary>Compacts its log, and waits until that is done.</summary>
    public static async Task CompactAsync(this RedisServer redis, CancellationToken cancellationToken)
    {
        var server = redis.Connection.GetServers()[0];
        await server.SaveAsync(SaveType.BackgroundRewriteAppendOnlyFile);
        await Eventually.GetAsync(
            () => server.InfoAsync("persistence"),
            info => !info.SelectMany(group => group).Any(pair => pair is { Key: "aof_rewrite_in_progress" or "aof_rewrite_scheduled", Value: "1" }),
            cancellationToken,
            s_compactedWithin);
    }

    /// <summary>Stops it and keeps its data, compacted, for others to start with.</summary>
    /// <returns>The directory.</returns>
    public static async Task<string> KeepAsync(this RedisServer redis, CancellationToken cancellationToken)
    {
        await redis.CompactAsync(cancellationToken);
        await redis.KillAsync();
        var kept = Layout.NewDirectory("redis-data-");
        Copy(redis.Directory.FullName, kept);
        return kept;
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
