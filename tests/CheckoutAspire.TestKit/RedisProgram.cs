using System.Globalization;
using System.Text.RegularExpressions;

namespace CheckoutAspire.TestKit;

/// <summary>A program that is a Redis server, and the variables that it is started with.</summary>
/// <param name="Path">Its path, or its name in the PATH.</param>
/// <param name="Environment">Variables that are added to the inherited ones.</param>
public sealed partial record RedisProgram(string Path, IReadOnlyDictionary<string, string>? Environment = null)
{
    /// <summary>The variable with the path of another Redis or Valkey server, for tests of what the installed one may not know.</summary>
    public const string Variable = "TEST_REDIS_SERVER";

    private static readonly Version s_waitAof = new(7, 2);

    public static RedisProgram Installed { get; } = new("redis-server");

    /// <summary>The first server with <c>WAITAOF</c> (Redis 7.2, Valkey) among the one that <see cref="Variable"/> names and the installed ones; null without one.</summary>
    public static async Task<RedisProgram?> FindWithWaitAofAsync(CancellationToken cancellationToken)
    {
        string?[] paths = [System.Environment.GetEnvironmentVariable(Variable), .. new[] { "valkey-server", Installed.Path }.Where(ChildProcess.IsOnPath)];
        foreach (var path in paths.OfType<string>())
        {
            // Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0
            var version = VersionPattern().Match((await ChildProcess.RunAsync(path, ["--version"], cancellationToken)).Required).Groups;
            if (new Version(Number(version[1]), Number(version[2])) >= s_waitAof)
            {
                return new RedisProgram(path);
            }
        }

        return null;

        static int Number(Group digits) => int.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"v=(\d+)\.(\d+)")]
    private static partial Regex VersionPattern();
}
