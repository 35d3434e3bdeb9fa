using System.Net.NetworkInformation;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.AppHost;

/// <summary>What the user reads: the addresses when everything is healthy (<c>welcome.txt</c>), or what keeps the application from starting.</summary>
internal static class WelcomeExtensions
{
    /// <summary>Refuses to start on a port that another program has, because its resource would wait forever.</summary>
    /// <exception cref="ConfigurationException">A port is in use.</exception>
    public static void RefusePortsInUse(this IDistributedApplicationBuilder builder, bool isIsolated)
    {
        var ports = builder.Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>()).Select(endpoint => endpoint.Port ?? 0)
            .Append(Uri.TryCreate(builder.Configuration["ASPNETCORE_URLS"]?.Split(';')[0], UriKind.Absolute, out var dashboard) ? dashboard.Port : 0);
        var inUse = ports.Intersect(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port)).ToArray();
        if (inUse is not [] && builder.ExecutionContext.IsRunMode && !isIsolated)
        {
            throw new ConfigurationException($"Port {inUse[0]} is in use: stop the program that listens there, which may be an earlier run.");
        }
    }

    /// <summary>Writes the text once. A manifest and an isolated run write nothing.</summary>
    public static void WriteWelcome(this IDistributedApplicationBuilder builder, StripeMode mode, EndpointReference mcpApi, EndpointReference webhooks, string? signIn) =>
        builder.OnBeforeStart((started, cancellation) =>
        {
            _ = builder.ExecutionContext.IsPublishMode || builder.IsIsolated() ? Task.CompletedTask : WriteAsync(started, text => text
                .Replace("{mode}", mode.ToString().ToLowerInvariant(), StringComparison.Ordinal)
                .Replace("{dashboard}", builder.Configuration["ASPNETCORE_URLS"]?.Split(';')[0], StringComparison.Ordinal)
                .Replace("{token}", builder.Configuration["AppHost:BrowserToken"], StringComparison.Ordinal)
                .Replace("{sign-in}", signIn, StringComparison.Ordinal)
                .Replace("{mcp}", $"{mcpApi.Url}/mcp", StringComparison.Ordinal)
                .Replace("{webhook}", $"{webhooks.Url}/webhook/stripe", StringComparison.Ordinal), cancellation);
            return Task.CompletedTask;
        });

    private static async Task WriteAsync(BeforeStartEvent started, Func<string, string> fill, CancellationToken cancellation)
    {
        var resources = started.Services.GetRequiredService<ResourceNotificationService>();
        await foreach (var resource in Task.WhenEach(started.Model.Resources.Where(resource => resource.HasAnnotationOfType<HealthCheckAnnotation>())
            .Select(resource => resources.WaitForResourceHealthyAsync(resource.Name, WaitBehavior.StopOnResourceUnavailable, cancellation))))
        {
            if (resource.Exception?.InnerException is DistributedApplicationException exception)
            {
                await Console.Error.WriteLineAsync($"The application did not start: {exception.Message} The dashboard shows the resource's log.");
                return;
            }
        }

        using var reader = new StreamReader(typeof(WelcomeExtensions).Assembly.GetManifestResourceStream("welcome.txt")!);
        Console.WriteLine(fill(await reader.ReadToEndAsync(cancellation)));
    }
}
