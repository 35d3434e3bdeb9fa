using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>
/// The <c>Host</c> headers that a service accepts: this machine's names, and those of <c>AllowedHosts</c>. Otherwise DNS rebinding would let any web page
/// read from a service on its visitor's machine.
/// </summary>
public sealed class AllowedHostsOptions : IReadOptions
{
    private const string Any = "*";

    /// <summary>The accepted hosts, without ports. <c>*.shop.example</c> matches every subdomain.</summary>
    public IList<StringSegment> Hosts { get; } = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Whether every host is accepted.</summary>
    public bool AllowsAny => Hosts.Contains(Any);

    /// <summary>Whether <c>AllowedHosts</c> is set.</summary>
    public bool IsConfigured { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        foreach (var host in (configuration["AllowedHosts"] ?? "").Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (host != Any && Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host.Trim('[', ']')) is UriHostNameType.Unknown)
            {
                ConfigurationErrors = ["AllowedHosts must be host names without scheme and port, separated by semicolons, for example shop.example;mcpapi."];
                return;
            }

            Hosts.Add(host);
            IsConfigured = true;
        }
    }

    /// <summary>Whether a <c>Host</c> header is accepted.</summary>
    public bool Allows(HostString host) => AllowsAny || (host.HasValue && HostString.MatchesAny(host.Host, Hosts));
}

/// <summary>Configures <see cref="AllowedHostsOptions"/>.</summary>
public static class AllowedHostsServiceCollectionExtensions
{
    /// <summary>
    /// Accepts every host outside Development, unless <c>AllowedHosts</c> is set. For services that authenticate each request, whose public name they cannot
    /// know: DNS rebinding only threatens machines on which a person also opens web pages.
    /// </summary>
    public static IServiceCollection AllowAnyHostWhenDeployed(this IServiceCollection services)
    {
        services.AddOptions<AllowedHostsOptions>().Configure<IHostEnvironment>((options, environment) =>
        {
            if (!environment.IsDevelopment() && !options.IsConfigured)
            {
                options.Hosts.Add("*");
            }
        });
        return services;
    }
}

/// <summary>Rejects requests whose <c>Host</c> is not allowed. Health checks are exempt, because probes use a container's or a pod's address.</summary>
internal sealed class HostFilter(RequestDelegate next, IOptions<AllowedHostsOptions> options)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (options.Value.Allows(context.Request.Host) || Extensions.IsHealthCheck(context.Request))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("This host name is not allowed. The operator can add it to AllowedHosts.");
    }
}
