using Microsoft.Extensions.Options;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// The second MCP server of this application. The SDK's endpoint takes its transport, its options and its sessions from the services it
/// is mapped with, one of each: this one is mapped with services of its own, so that its tools and the other server's never meet, and
/// with no sessions, for platforms call tools without any handshake. What calls need while they run is the application's.
/// </summary>
internal sealed class UcpServer(
    IOptionsFactory<McpServerOptions> shared, ILoggerFactory loggers, IHostApplicationLifetime lifetime) : IAsyncDisposable
{
    private const string Instructions =
        "Sells products by the Universal Commerce Protocol. create_checkout with item ids and quantities, complete_checkout, then give continue_url to the buyer as "
        + "a link: the buyer pays there. Follow with get_checkout until it is completed, then with get_order. You never handle card data.";

    private readonly ServiceProvider _services = Build(shared, loggers, lifetime);

    /// <summary>Maps the server.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path) => new Routes(endpoints, _services).MapMcp(path);

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static ServiceProvider Build(IOptionsFactory<McpServerOptions> shared, ILoggerFactory loggers, IHostApplicationLifetime lifetime)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(new RefusalsUnlogged(loggers));
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton(lifetime);
        services.AddMcpServer().WithHttpTransport(transport => transport.SessionMode = HttpServerSessionMode.Stateless);

        // The same filters as the other server's, whatever they are: the order of the list, limits, audit.
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

            // Outermost: its own tools answer no error results.
            options.Filters.Request.CallToolFilters.Insert(0, static next => async (request, cancellationToken) =>
            {
                var result = await next(request, cancellationToken);
                return result.IsError is true ? throw UcpErrors.Of(result.StructuredContent) : result;
            });
            return options;
        }
    }

    /// <summary>The application's routes, with other services to be mapped with.</summary>
    private sealed class Routes(IEndpointRouteBuilder application, IServiceProvider services) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => services;

        public ICollection<EndpointDataSource> DataSources => application.DataSources;

        public IApplicationBuilder CreateApplicationBuilder() => application.CreateApplicationBuilder();
    }
}
