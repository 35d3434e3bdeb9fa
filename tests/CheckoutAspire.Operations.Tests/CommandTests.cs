using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Operations.Tests;

/// <summary>The commands of Aspire's dashboard and CLI, which the AppHost sends to the operators' API.</summary>
public sealed partial class CommandTests(OidcHost host) : IClassFixture<OidcHost>
{
    [Fact]
    public void Every_command_calls_an_endpoint_with_the_arguments_that_it_takes()
    {
        var endpoints = host.Operations.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        var commands = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "CheckoutAspire.AppHost", "commands.json")))!.AsArray()
            .Where(command => (string?)command!["resource"] == "operations").ToList();

        Assert.NotEmpty(commands);
        Assert.All(commands, command =>
        {
            var (method, path) = ((string)command!["method"]!, (string)command["path"]!);
            var endpoint = Assert.Single(endpoints, endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(method) == true
                && Placeholder().Replace(endpoint.RoutePattern.RawText!, "{}") == Placeholder().Replace(path, "{}"));
            var inPath = Placeholder().Matches(path).Select(match => match.Value[1..^1]).ToHashSet(StringComparer.Ordinal);
            var given = command["arguments"]?.AsArray().Select(argument => ((string)argument!).TrimEnd('?')).ToList() ?? [];
            Assert.Subset(given.ToHashSet(StringComparer.Ordinal), inPath);
            var members = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType?.GetProperties()
                .Select(property => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)).ToHashSet(StringComparer.Ordinal) ?? [];
            Assert.Subset(members, given.Except(inPath).ToHashSet(StringComparer.Ordinal));
        });
    }

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Placeholder();
}
