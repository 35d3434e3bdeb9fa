using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace CheckoutAspire.TestKit;

/// <summary>
/// The Redis users of a deployment, if <c>REDIS_USERS</c> names their file: the service under test is the user <c>REDIS_USER</c> (<c>checkout</c> by default),
/// and a test whose service was denied a command fails. The tests themselves may do everything.
/// </summary>
internal static partial class RedisUsers
{
    private const string Password = "test";

    private static readonly string? s_file = Environment.GetEnvironmentVariable("REDIS_USERS") is { Length: > 0 } file ? Path.GetFullPath(file, Repository.Root) : null;
    private static readonly string s_user = Environment.GetEnvironmentVariable("REDIS_USER") is { Length: > 0 } user ? user : "checkout";

    /// <summary>What a service's connection string has in addition.</summary>
    public static string ConnectionOptions => s_file is null ? "" : $",user={s_user},password={Password},tiebreaker=,configChannel=";

    /// <summary>The server's arguments. Its file of users is in its directory.</summary>
    public static IEnumerable<string> ArgumentsFor(DirectoryInfo directory)
    {
        if (s_file is null)
        {
            return [];
        }

        var path = Path.Combine(directory.FullName, "users.acl");
        var users = Digest().Replace(File.ReadAllText(s_file), $" >{Password} ").Replace("user default off", "user default on nopass ~* &* +@all", StringComparison.Ordinal);
        File.WriteAllText(path, users);
        return ["--aclfile", path];
    }

    /// <summary>Throws if the server has denied a command to the user of the deployment. Tests may deny commands to users of their own.</summary>
    public static async Task ThrowIfDeniedAsync(IConnectionMultiplexer redis)
    {
        if (s_file is null || !redis.IsConnected)
        {
            return;
        }

        var denied = (RedisResult[])(await redis.GetDatabase().ExecuteAsync("ACL", "LOG"))!;
        var commands = denied.Select(entry => entry.ToDictionary()).Where(entry => $"{entry["username"]}" == s_user).Select(entry => $"{entry["username"]}: {entry["reason"]} {entry["object"]} ({entry["context"]})").Distinct().ToArray();
        if (commands.Length > 0)
        {
            throw new InvalidOperationException("Redis has denied commands to a user of the deployment. " + string.Join("; ", commands));
        }
    }

    [GeneratedRegex(" #[A-Z]+_SHA256 ")]
    private static partial Regex Digest();
}
