namespace CheckoutAspire.Benchmarks.Peers;

/// <summary>A peer's configuration, under the variable names of the receiver.</summary>
internal static class PeerConfiguration
{
    public const string Path = "/webhook/stripe";
    public const string Stream = "events";
    public const string RedisVariable = "ConnectionStrings__redis";
    public const string SecretVariable = "STRIPE_WEBHOOK_SECRET";

    public static string Redis => Read(RedisVariable);

    public static string Secret => Read(SecretVariable);

    private static string Read(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is missing.");
}
