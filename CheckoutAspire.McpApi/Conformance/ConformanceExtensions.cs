using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Conformance;

/// <summary>
/// What the official conformance runner (<see href="https://github.com/modelcontextprotocol/conformance"/>) calls by name. Behind
/// <c>CHECKOUT_CONFORMANCE=true</c> and in development only, in this host, so that the runner tests what agents meet.
/// </summary>
internal static class ConformanceExtensions
{
    public const string Switch = "CHECKOUT_CONFORMANCE";

    /// <summary>How the names of the runner's tools begin.</summary>
    public const string ToolPrefix = "test_";

    /// <summary>Whether the runner's tools are asked for.</summary>
    public static bool IsConformance(this IConfiguration configuration) =>
        string.Equals(configuration[Switch], "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>Adds the runner's tools, prompts and resources beside our own.</summary>
    public static void AddConformanceFixtures(this IMcpServerBuilder mcp)
    {
        mcp
            .WithTools<ConformanceTools>()
            .WithTools<ClientRequestTools>()
            .WithTools<InputRequiredTools>()
            .WithPrompts<ConformancePrompts>()
            .WithResources<ConformanceResources>()
            .WithCompleteHandler((_, _) => ValueTask.FromResult(new CompleteResult { Completion = new Completion { Values = [] } }))
            .WithSetLoggingLevelHandler((_, _) => Done());

        // Our own resources' subscriptions stay: an option has one handler.
        mcp.Services.PostConfigure<McpServerOptions>(options =>
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
