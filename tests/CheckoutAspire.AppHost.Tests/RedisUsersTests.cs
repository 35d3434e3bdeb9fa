using System.Text.RegularExpressions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.AppHost.Tests;

/// <summary>
/// The user of the services in <c>deploy/redis/users.acl</c> may send the commands of the ledger's scripts and of the calls of the client, and no others.
/// <c>deploy/try.sh --verify</c> and the tests with <c>REDIS_USERS</c> run the services as this user.
/// </summary>
public sealed partial class RedisUsersTests
{
    private static readonly string[] s_projects = ["McpApi", "Webhooks", "Worker", "Operations", "Orders", "Archive", "ServiceDefaults"];

    // What the client sends for each of its methods, depending on their arguments.
    private const string Table =
        """
        HashDelete: hdel
        HashExists: hexists
        HashGetAll: hgetall
        HashGet: hget hmget
        HashIncrement: hincrby
        HashLength: hlen
        HashSet: hset hmset hsetnx
        HashStringLength: hstrlen
        KeyDelete: del unlink
        KeyExists: exists
        KeyExpire: expire pexpire
        Keys: scan
        ListLeftPush: lpush
        ListRange: lrange
        ListRightPush: rpush
        ListTrim: ltrim
        LockExtend: watch get multi expire pexpire exec unwatch
        LockRelease: watch get multi del unlink exec unwatch
        LockTake: set
        Publish: publish
        ScriptEvaluate: eval evalsha script|load
        SetAdd: sadd
        SetContains: sismember
        SetMembers: smembers
        SetRemove: srem
        SortedSetAdd: zadd
        SortedSetLength: zcard zcount
        SortedSetRangeByRank: zrange zrevrange
        SortedSetRangeByRankWithScores: zrange zrevrange
        SortedSetRangeByScore: zrangebyscore zrevrangebyscore
        SortedSetRangeByScoreWithScores: zrangebyscore zrevrangebyscore
        SortedSetRemove: zrem
        SortedSetRemoveRangeByScore: zremrangebyscore
        SortedSetScan: zscan
        StreamAdd: xadd
        StreamConsumerInfo: xinfo|consumers
        StreamDelete: xdel
        StreamGroupInfo: xinfo|groups
        StreamLength: xlen
        StreamRange: xrange xrevrange
        StreamRead: xread
        StreamReadGroup: xreadgroup
        StringGet: get
        StringSet: set setex psetex setnx
        Subscribe: subscribe
        Unsubscribe: unsubscribe
        """;

    // The client's first steps on each connection, CONFIG GET and INFO of the health checks, XADD and WAIT as plain commands, and the consumer groups that a script manages.
    private const string Further = "cluster|nodes cluster|slots config|get info time xadd wait xgroup|create xgroup|delconsumer multi exec";

    private static readonly Dictionary<string, string[]> s_commands =
        Table.Split('\n').Select(line => line.Split(": ")).ToDictionary(line => line[0], line => line[1].Split(' '), StringComparer.Ordinal);

    [Fact]
    public void The_services_may_send_what_they_use_and_nothing_else()
    {
        var sources = s_projects.SelectMany(project => Directory.EnumerateFiles(Path.Combine(Repository.Root, "CheckoutAspire." + project), "*.*", SearchOption.AllDirectories)).ToArray();
        var scripts = string.Join('\n', sources.Where(file => file.EndsWith(".lua", StringComparison.Ordinal)).Select(File.ReadAllText));
        var code = string.Join('\n', sources.Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).Select(File.ReadAllText));
        var methods = Method().Matches(code).Select(match => match.Groups[1].Value).Distinct().Where(s_commands.ContainsKey).ToArray();

        string[] used =
        [
            .. Call().Matches(scripts + code).Select(match => match.Groups[1].Value.ToLowerInvariant()).Where(command => command != "xgroup"),
            .. methods.SelectMany(method => s_commands[method]),
            .. Further.Split(' '),
        ];

        Assert.Equal(used.Distinct().Order(StringComparer.Ordinal), AllowedTo("checkout").Order(StringComparer.Ordinal));
        Assert.Empty(AllowedTo("receiver").Except(AllowedTo("checkout")));
        Assert.Empty(Unknown().Matches(code).Select(match => match.Groups[1].Value).Distinct().Except(s_commands.Keys));
    }

    private static string[] AllowedTo(string user) =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "deploy", "redis", "users.acl")).Single(line => line.StartsWith($"user {user} ", StringComparison.Ordinal)).Split(' ')
            .Where(rule => rule[0] == '+' && rule[1] != '@').Select(rule => rule[1..]),
    ];

    /// <summary>Matches <c>.HashGetAsync(</c>.</summary>
    [GeneratedRegex(@"\.([A-Z][A-Za-z]+?)(?:Async)?\(")]
    private static partial Regex Method();

    /// <summary>Matches <c>.SortedSetAddAsync(</c>, and each other method of the client whose name says which type of key it is for.</summary>
    [GeneratedRegex(@"\.((?:Hash|SortedSet|Stream|Lock|Geo|HyperLogLog)(?:[A-Z][a-z]+)+?)Async\(")]
    private static partial Regex Unknown();

    /// <summary>Matches <c>redis.call('XADD'</c>.</summary>
    [GeneratedRegex(@"redis\.p?call\(\s*'([A-Za-z]+)'")]
    private static partial Regex Call();
}
