using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>Recognizes errors in which Redis refuses a password or denies a permission, and says in one sentence what it refuses.</summary>
public static partial class RedisRefusal
{
    private const string Denied = "NOPERM ";
    private const int LongestText = 200;

    /// <summary>What Redis refuses, as a sentence; null if an exception has another cause.</summary>
    /// <param name="exception">The exception of a command. The client reports a refused password as an inner exception of a failed connection.</param>
    /// <param name="user">The user of the connection, which Redis names from version 7.2 on; null if it is unknown.</param>
    public static string? Find(Exception? exception, string? user = null)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (Read(cause.Message, user) is { } sentence)
            {
                return sentence;
            }
        }

        return null;
    }

    /// <summary>The cause of a failed command for a log line: what Redis refuses, or the exception's type.</summary>
    public static string Describe(Exception exception) => Find(exception)?.TrimEnd('.') ?? exception.GetType().Name;

    /// <summary>The user as whom a connection logs in.</summary>
    public static string UserOf(IConnectionMultiplexer redis)
    {
        ArgumentNullException.ThrowIfNull(redis);
        return ConfigurationOptions.Parse(redis.Configuration, ignoreUnknown: true).User is { Length: > 0 } user ? user : "default";
    }

    /// <summary>What Redis refuses, as a sentence; null for every other error.</summary>
    /// <param name="error">For example <c>NOPERM User worker has no permissions to run the 'hget' command</c>, or before Redis 7.2 <c>NOPERM this user has no …</c>.</param>
    /// <param name="user">The user of the connection, or null.</param>
    internal static string? Read(string error, string? user = null)
    {
        if (error.IndexOf(Denied, StringComparison.Ordinal) is >= 0 and var at)
        {
            var text = error[(at + Denied.Length)..];
            return UserAndCommand().Match(text) is { Success: true } match
                ? $"Redis denies {NameOf(match.Groups[1].Value, user)} the command {match.Groups[2].Value.Replace('|', ' ').ToUpperInvariant()}: allow it in the ACL of that user."
                : $"Redis denies a permission: {(text.Length > LongestText ? text[..LongestText] : text).TrimEnd('.')}. Allow it in the ACL of this service's user.";
        }

        return error.Contains("WRONGPASS", StringComparison.Ordinal) || error.Contains("NOAUTH", StringComparison.Ordinal)
            ? "Redis refuses the login: correct the user and the password in ConnectionStrings__redis."
            : null;
    }

    private static string NameOf(string named, string? user) => (named.Length > 0 ? named : user) is { } name ? "the user " + name : "this service's user";

    [GeneratedRegex(@"(?:User (\S+)|this user) has no permissions to run the '([^']+)' command")]
    private static partial Regex UserAndCommand();
}
