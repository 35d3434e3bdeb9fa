namespace CheckoutAspire.AppHost.Tests;

/// <summary>The application's model, built by <c>AppHost.cs</c> itself and not started.</summary>
internal sealed class ApplicationModel(IDistributedApplicationTestingBuilder builder) : IAsyncDisposable
{
    private static readonly string[] s_hosting = ["ASPNETCORE_", "DOTNET_", "HTTP_PORTS", "LOGGING__", "OTEL_", "REDIS_", "SSL_CERT", "ASPIRE_"];

    /// <summary>The resources of <c>AppHost.cs</c>; Aspire's hidden rebuilder of each project is left out.</summary>
    public IEnumerable<string> Names => builder.Resources.Where(resource => resource is not ParameterResource).Select(resource => resource.Name)
        .Where(name => !name.EndsWith("-rebuilder", StringComparison.Ordinal));

    public IEnumerable<ParameterResource> Parameters => builder.Resources.OfType<ParameterResource>();

    /// <summary>A parameter's value.</summary>
    public async Task<string?> ValueOfAsync(string parameter) =>
        await Parameters.Single(one => one.Name == parameter).GetValueAsync(TestContext.Current.CancellationToken);

    /// <param name="arguments">Configuration as <c>NAME=value</c>; a container runtime answers only if one of them says so.</param>
    public static async Task<ApplicationModel> BuildAsync(params string[] arguments) => new(
        await DistributedApplicationTestingBuilder.CreateAsync<Projects.CheckoutAspire_AppHost>(
            ["ASPIRE_CONTAINER_RUNTIME=no-container-runtime", .. arguments], TestContext.Current.CancellationToken));

    public IResource this[string name] => builder.Resources.Single(resource => resource.Name == name);

    public IEnumerable<string> WaitsOf(string name) => this[name].Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name);

    public EndpointAnnotation EndpointOf(string name) => Assert.Single(this[name].Annotations.OfType<EndpointAnnotation>());

    /// <summary>The resource's own variables as expressions; those of .NET, OpenTelemetry and Redis are left out.</summary>
    public async Task<IReadOnlyDictionary<string, string>> VariablesOfAsync(string name)
    {
        var variables = new Dictionary<string, object>(StringComparer.Ordinal);
        var context = new EnvironmentCallbackContext(
            builder.ExecutionContext, this[name], variables, TestContext.Current.CancellationToken);
        foreach (var annotation in this[name].Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return variables
            .Where(variable => !s_hosting.Any(prefix => variable.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(variable => variable.Key, variable => variable.Value is IManifestExpressionProvider value ? value.ValueExpression : $"{variable.Value}");
    }

    /// <summary>The addresses that the dashboard links to, as if the resource's endpoint had the address <c>http://localhost</c>.</summary>
    public async Task<IEnumerable<string>> LinksOfAsync(string name)
    {
        var endpoint = ((IResourceWithEndpoints)this[name]).GetEndpoint("http");
        List<ResourceUrlAnnotation> links = [new() { Url = "http://localhost", Endpoint = endpoint }];
        var context = new ResourceUrlsCallbackContext(builder.ExecutionContext, this[name], links, TestContext.Current.CancellationToken);
        foreach (var annotation in this[name].Annotations.OfType<ResourceUrlsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return links.Select(link => link.Url);
    }

    /// <summary>The resource's arguments. Arguments that are not text are shown as expressions.</summary>
    public async Task<IReadOnlyList<string>> ArgumentsOfAsync(string name)
    {
        var arguments = new List<object>();
        var context = new CommandLineArgsCallbackContext(arguments, this[name], TestContext.Current.CancellationToken) { ExecutionContext = builder.ExecutionContext };
        foreach (var annotation in this[name].Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return [.. arguments.Select(argument => argument is IManifestExpressionProvider value ? value.ValueExpression : $"{argument}")];
    }

    public ValueTask DisposeAsync() => builder.DisposeAsync();
}
