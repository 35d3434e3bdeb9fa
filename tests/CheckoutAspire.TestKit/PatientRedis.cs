using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace CheckoutAspire.TestKit;

/// <summary>Lets a service in the test process wait for a Redis that a busy machine slows down.</summary>
public static class PatientRedis
{
    private const int Milliseconds = 60_000;

    /// <summary>
    /// Replaces the service's time limit for commands, after which it answers that Redis is unreachable. Tests of that answer keep the limit, or end the server,
    /// which is noticed at once.
    /// </summary>
    public static void WaitForSlowRedis(this IServiceCollection services)
    {
        services.PostConfigureAll<ConfigurationOptions>(options => options.AsyncTimeout = Milliseconds);

        // A service that stops would give up after two seconds, and leave what it had to release.
        var limits = services.Where(service => !service.IsKeyedService && service.ImplementationInstance?.GetType().Name == "RedisStopTimeout");
        foreach (var limit in limits.ToArray())
        {
            services.Remove(limit);
        }
    }
}
