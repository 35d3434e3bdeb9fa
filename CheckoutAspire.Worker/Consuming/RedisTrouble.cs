using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>Failures of Redis that pass by themselves: they are not an attempt at an entry and not its fault.</summary>
internal static class RedisTrouble
{
    /// <summary>A server that loads, fails over, migrates a slot, or cannot write to its disk.</summary>
    private static readonly string[] s_passing =
        ["LOADING", "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK", "MASTERDOWN", "READONLY", "NOREPLICAS", "MISCONF", "BUSY "];

    public static bool Passes(Exception exception) => exception switch
    {
        RedisConnectionException or RedisTimeoutException => true,
        RedisServerException server => Array.Exists(s_passing, prefix => server.Message.StartsWith(prefix, StringComparison.Ordinal)),
        _ => false,
    };

    /// <summary>What failed, without any of the command: the server's word, for example <c>TRYAGAIN</c>, or the exception's kind.</summary>
    public static string Name(Exception exception) => exception is RedisServerException server ? server.Message.Split(' ')[0] : exception.GetType().Name;
}
