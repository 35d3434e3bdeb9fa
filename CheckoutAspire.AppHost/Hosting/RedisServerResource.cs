namespace CheckoutAspire.AppHost.Hosting;

/// <summary>A <c>redis-server</c> from the PATH, for machines without a container runtime: referenced and waited for as the container is.</summary>
internal sealed class RedisServerResource(string name, string directory)
    : ExecutableResource(name, "redis-server", directory), IResourceWithConnectionString
{
    public const string EndpointName = "tcp";

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"127.0.0.1:{new EndpointReference(this, EndpointName).Property(EndpointProperty.Port)}");
}
