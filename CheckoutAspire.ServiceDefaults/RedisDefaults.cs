using StackExchange.Redis;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>How every service talks to Redis, whoever registers its client.</summary>
internal static class RedisDefaults
{
    public static void Apply(ConfigurationOptions options)
    {
        options.AbortOnConnectFail = false;

        // The client's own guard, which would refuse CONFIG GET too: readiness asks how durable the server is.
        options.AllowAdmin = true;

        // How soon a replica that was promoted is noticed, in seconds; the client's own is a minute.
        options.ConfigCheckSeconds = 5;
    }
}
