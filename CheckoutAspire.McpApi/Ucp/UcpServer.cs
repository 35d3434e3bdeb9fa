using Microsoft.Extensions.Options;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// The second MCP server of this application. The SDK's endpoint takes its transport, options and sessions from the service provider that it is
/// mapped with. This server is mapped with a provider of its own, so that the two servers share no tools. It has no sessions, because platforms
/// call tools without a handshake. Calls resolve their services from the application.
/// </summary>
internal sealed class UcpServer(
    IOptionsFactory<McpServerOptions> shared, ILoggerFactory loggers, IHostApplicationLifetime lifetime) : IAsyncDisposable
{
    private const string Instructions =
        "Sells products by the Universal Commerce Protocol. Call create_checkout with item ids and quantities, then complete_checkout, and show continue_url to "
        + "the buyer as a link, where the buyer pays. Follow with get_checkout until status is completed, then with get_order. You never handle card data.";

    private readonly ServiceProvider _services = Build(shared, loggers, lifetime);

    /// <summary>Maps the server.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path) => new Routes(endpoints, _services).MapMcp(path);

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static ServiceProvider Build(IOptionsFactory<McpServerOptions> shared, ILoggerFactory loggers, IHostApplicationLifetime lifetime)
    {
        var services = new ServiceCollection();
        services.AddSingleton(loggers);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton(lifetime);
        services.AddMcpServer().WithHttpTransport(transport => transport.SessionMode = HttpServerSessionMode.Stateless);

        // Uses the same filters as /mcp: the order of the tool list, scopes and audit.
        var options = new UcpServerOptionsFactory(shared);
        services.AddSingleton<IOptionsFactory<McpServerOptions>>(options);
        services.AddSingleton(Options.Create(options.Create(Options.DefaultName)));
        return services.BuildServiceProvider();
    }

    private sealed class UcpServerOptionsFactory(IOptionsFactory<McpServerOptions> shared) : IOptionsFactory<McpServerOptions>
    {
        private readonly McpServerPrimitiveCollection<McpServerTool> _tools = UcpTools.All();

        public McpServerOptions Create(string name)
        {
            var options = shared.Create(name);
            options.ServerInfo = new Implementation
            {
                Name = options.ServerInfo!.Name + "-ucp",
                Title = options.ServerInfo.Title,
                Version = options.ServerInfo.Version,
            };
            options.ServerInstructions = Instructions;
            options.ToolCollection = _tools;
            options.PromptCollection = null;
            options.ResourceCollection = null;
            options.Handlers = new McpServerHandlers();
            options.Capabilities = null;

            // Outermost filter: the protocol's own tools never return error results.
            options.Filters.Request.CallToolFilters.Insert(0, static next => async (request, cancellationToken) =>
            {
                var result = await next(request, cancellationToken);
                return result.IsError is true ? throw UcpErrors.Of(result.StructuredContent) : result;
            });
            return options;
        }
    }

    /// <summary>The application's routes with another service provider.</summary>
    private sealed class Routes(IEndpointRouteBuilder application, IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources => application.DataSources;

        public IApplicationBuilder CreateApplicationBuilder() => application.CreateApplicationBuilder();
    }
}
