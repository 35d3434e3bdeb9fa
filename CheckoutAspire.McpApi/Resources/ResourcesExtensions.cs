using CheckoutAspire.McpApi.Access;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Resources;

/// <summary>Adds the resources and their subscriptions.</summary>
internal static class ResourcesExtensions
{
    /// <summary>Adds <c>checkout://sessions/{session_id}</c> and the subscriptions to it, in both revisions of the protocol.</summary>
    public static void AddResources(this IServiceCollection services)
    {
        services.AddSingleton<McpServerResource, CheckoutResource>();
        services.AddSingleton<IResourceFeed, CheckoutFeed>();
        services.AddSingleton<ResourceSubscriptions>();
        services.AddSingleton<ISessionListener>(provider => provider.GetRequiredService<ResourceSubscriptions>());

        // Handlers resolve services per request, because these options are created when /mcp is mapped, before the configuration is validated.
        services.Configure<McpServerOptions>(options =>
        {
            ((options.Capabilities ??= new()).Resources ??= new()).Subscribe = true;
            options.Handlers.SubscribeToResourcesHandler = (request, cancellationToken) =>
                Subscriptions(request.Services).SubscribeAsync(request, cancellationToken);
            options.Handlers.UnsubscribeFromResourcesHandler = (request, _) => Subscriptions(request.Services).UnsubscribeAsync(request);
            options.Handlers.SubscriptionsListenHandler = (request, cancellationToken) =>
                Subscriptions(request.Services).ListenAsync(request, cancellationToken);
        });
        services.Configure<HttpServerTransportOptions>(transport => transport.RunSessionHandler = (context, server, closed) =>
            Subscriptions(context.RequestServices).RunSessionAsync(
                server, context.User, isRestored: context.Request.Headers.ContainsKey(CallerSessions.Header), closed));
    }

    private static ResourceSubscriptions Subscriptions(IServiceProvider? services) => services!.GetRequiredService<ResourceSubscriptions>();
}
