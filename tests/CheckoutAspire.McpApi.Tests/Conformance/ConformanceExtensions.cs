using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Tests.Conformance;

/// <summary>
/// The tools, prompts and resources that the official conformance runner (<see href="https://github.com/modelcontextprotocol/conformance"/>)
/// calls by name. They are added to the real host, so that the runner tests the server that agents use.
/// </summary>
internal static class ConformanceExtensions
{
    /// <summary>Adds the runner's fixtures to the server's own tools and resources.</summary>
    public static void AddConformanceFixtures(this IServiceCollection services)
    {
        var mcp = services.AddMcpServer();
        mcp
            .WithTools<ConformanceTools>()
            .WithTools<ClientRequestTools>()
            .WithTools<InputRequiredTools>()
            .WithPrompts<ConformancePrompts>()
            .WithResources<ConformanceResources>()
            .WithCompleteHandler((_, _) => ValueTask.FromResult(new CompleteResult { Completion = new Completion { Values = [] } }))
            .WithSetLoggingLevelHandler((_, _) => Done());

        // An option has one handler, and the server's own resources keep theirs.
        services.PostConfigure<McpServerOptions>(options =>
        {
            ((options.Capabilities ??= new()).Resources ??= new()).Subscribe = true;
            var (subscribe, unsubscribe) = (options.Handlers.SubscribeToResourcesHandler, options.Handlers.UnsubscribeFromResourcesHandler);
            options.Handlers.SubscribeToResourcesHandler = (request, cancellationToken) =>
                subscribe is null || IsFixture(request.Params.Uri) ? Done() : subscribe(request, cancellationToken);
            options.Handlers.UnsubscribeFromResourcesHandler = (request, cancellationToken) =>
                unsubscribe is null || IsFixture(request.Params.Uri) ? Done() : unsubscribe(request, cancellationToken);
        });
    }

    private static ValueTask<EmptyResult> Done() => ValueTask.FromResult(new EmptyResult());

    private static bool IsFixture(string uri) => uri.StartsWith(ConformanceResources.Scheme, StringComparison.Ordinal);
}
