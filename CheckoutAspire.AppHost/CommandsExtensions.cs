using System.Net.Http.Json;
using System.Text.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.AppHost;

/// <summary>
/// Commands of the resources, in the dashboard and as <c>aspire resource operations approve-order --session_id cs_… --reason "…"</c>. A manifest has none.
/// </summary>
internal static class CommandsExtensions
{
    private static readonly Command[] s_commands =
        JsonSerializer.Deserialize<Command[]>(typeof(Command).Assembly.GetManifestResourceStream("commands.json")!, JsonSerializerOptions.Web)!;

    /// <summary>Sells one mug by the real tool, as an agent does; never for real money.</summary>
    public static void WithSellCommand(this IResourceBuilder<ProjectResource> mcpApi, StripeMode mode) =>
        _ = mode is StripeMode.Live ? mcpApi : mcpApi.WithCommand("sell-test-product", "Sell a test product", async context =>
        {
            await using var client = await McpClient.CreateAsync(
                new HttpClientTransport(new() { Endpoint = new Uri($"{mcpApi.GetEndpoint("http").Url}/mcp") }),
                new() { DiscoverProbeTimeout = Timeout.InfiniteTimeSpan }, cancellationToken: context.CancellationToken);
            var result = await client.CallToolAsync(
                "initiate_checkout",
                new Dictionary<string, object?> { ["product_name"] = "Red mug", ["price_cents"] = 4999, ["idempotency_key"] = $"{Guid.NewGuid()}" },
                cancellationToken: context.CancellationToken);
            return result.IsError is true
                ? CommandResults.Failure(string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text)))
                : CommandResults.Success(
                    "Open this link and pay.", result.StructuredContent!.Value.GetProperty("checkout_url").GetString()!, CommandResultFormat.Text, true);
        },
        new() { Description = "Calls initiate_checkout and returns the payment link.", IconName = "Cart", IsHighlighted = true });

    /// <summary>Adds the resource's commands of <c>commands.json</c>, which are requests to its API.</summary>
    public static IResourceBuilder<ProjectResource> WithCommands(this IResourceBuilder<ProjectResource> resource, ParameterResource? token = null) =>
        resource.ApplicationBuilder.ExecutionContext.IsPublishMode ? resource : s_commands.Where(command => command.Resource == resource.Resource.Name)
            .Aggregate(resource, (service, command) => service.WithHttpCommand("/", command.DisplayName, commandName: command.Name, commandOptions: new()
            {
                Method = HttpMethod.Parse(command.Method),
                Description = command.Description,
                IconName = command.Icon,
                Arguments = [.. command.Arguments.Select(name => new InteractionInput { Name = name.TrimEnd('?'), InputType = InputType.Text, Required = name[^1] != '?' })],
                GetCommandResult = async answer => answer.Response.IsSuccessStatusCode ? CommandResults.Success("", await answer.Response.Content.ReadAsStringAsync(), CommandResultFormat.Json)
                    : CommandResults.Failure(await answer.Response.Content.ReadAsStringAsync()),
                PrepareRequest = async context =>
                {
                    var values = command.Arguments.Select(name => name.TrimEnd('?')).Where(name => !string.IsNullOrEmpty(context.Arguments.GetString(name)))
                        .ToDictionary(name => name, name => context.Arguments.GetString(name)!);
                    var path = values.Aggregate(command.Path, (filled, value) => filled.Replace($"{{{value.Key}}}", Uri.EscapeDataString(value.Value), StringComparison.Ordinal));
                    context.Request.RequestUri = new Uri(new Uri(context.Endpoint.Url), path);
                    context.Request.Content = command.Method == "GET" ? null : JsonContent.Create<object>(command.Body is { } body ? body : values);
                    context.Request.Headers.Authorization = token is null ? null : new("Bearer", await token.GetValueAsync(context.CancellationToken));
                },
            }));

    /// <summary>A request. Its arguments fill the placeholders of the path and are its body, unless it has a fixed one. <c>hold?</c> is optional.</summary>
    private sealed record Command(
        string Resource, string Name, string Method, string Path, JsonElement? Body, string DisplayName, string Description, string Icon, string[]? Arguments)
    {
        public string[] Arguments { get; } = Arguments ?? [];
    }
}
