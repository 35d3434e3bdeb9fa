using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>The defaults of every service: telemetry, health checks, service discovery and resilient HTTP clients.</summary>
public static class Extensions
{
    private const string HealthPath = "/health";
    private const string AlivePath = "/alive";

    /// <summary>
    /// Default log levels, which any other configuration overrides. They are set in code because a service that is started from
    /// another directory does not find an <c>appsettings.json</c> and would log four lines for each request.
    /// </summary>
    private static readonly Dictionary<string, string?> s_logLevels = new(StringComparer.Ordinal)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",

        // One warning for each rejected connection, which anyone can cause. The metric kestrel.rejected_connections counts them.
        ["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel.Connections"] = "Error",
        ["Logging:LogLevel:ModelContextProtocol"] = "Warning",
        ["Logging:LogLevel:Polly"] = "Warning",
        ["Logging:LogLevel:StackExchange.Redis"] = "Warning",
        ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
    };

    /// <summary>Adds log levels, OpenTelemetry, the liveness check, service discovery and the HTTP client defaults.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="isTraced">
    /// Whether a request may begin a trace. The default is every request. Health checks are never traced.
    /// </param>
    /// <remarks>
    /// The default HTTP client retries safe methods only: a retried POST could act twice
    /// (<see href="https://github.com/dotnet/aspire/issues/4631">aspire#4631</see>). Stripe's client is not built by
    /// <see cref="IHttpClientFactory"/> and has its own retries.
    /// </remarks>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder, Func<HttpRequest, bool>? isTraced = null)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = s_logLevels });
        builder.Services.Configure<KestrelServerOptions>(SetLimits);
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel => ReadLimits(builder.Configuration, kestrel.Limits));
        builder.Services.AddOptions<ConsoleLoggerOptions>().Configure<IConfiguration>(ReadFormatter);
        builder.Services.AddReadOptions<AllowedHostsOptions>();
        builder.Services.Configure<HostFilteringOptions>(options => options.AllowedHosts = ["*"]); // HostFilter takes its place.
        builder.AddOpenTelemetry(isTraced);
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler(options => options.Retry.DisableForUnsafeHttpMethods());
            http.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>
    /// Bounds what a client can hold before it is authenticated: connections, half-sent requests, and bodies that are not read yet. A service may set
    /// other limits afterwards, and the operator's <c>Kestrel__Limits__…</c> take precedence over both.
    /// </summary>
    private static void SetLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 1024;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 64;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        kestrel.Limits.MaxRequestBufferSize = 64 * 1024;
    }

    /// <summary>Lets the configuration name the form of log lines, which <c>CreateSlimBuilder</c> sets in code.</summary>
    private static void ReadFormatter(ConsoleLoggerOptions console, IConfiguration configuration) =>
        console.FormatterName = configuration["Logging:Console:FormatterName"] ?? console.FormatterName;

    private static void ReadLimits(IConfiguration configuration, KestrelServerLimits limits)
    {
        if (long.TryParse(configuration["Kestrel:Limits:MaxConcurrentConnections"], NumberStyles.None, CultureInfo.InvariantCulture, out var connections) && connections > 0)
        {
            limits.MaxConcurrentConnections = connections;
        }

        if (TimeSpan.TryParse(configuration["Kestrel:Limits:RequestHeadersTimeout"], CultureInfo.InvariantCulture, out var timeout) && timeout > TimeSpan.Zero)
        {
            limits.RequestHeadersTimeout = timeout;
        }
    }

    /// <summary>
    /// Checks the <c>Host</c> of every request, and maps <c>/health</c> (readiness: every check) and <c>/alive</c> (liveness: the process runs), in every
    /// environment and for every host.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.UseMiddleware<HostFilter>();
        app.MapHealthChecks(HealthPath, new HealthCheckOptions { ResponseWriter = WriteAsync });
        app.MapHealthChecks(AlivePath, new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
        return app;
    }

    internal static bool IsHealthCheck(HttpRequest request) => request.Path == HealthPath || request.Path == AlivePath;

    /// <summary>Writes the status and a line for each check that is not healthy, for example <c>durability: Redis may lose …</c>.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(string.Join('\n', report.Entries
            .Where(entry => entry.Value.Status is not HealthStatus.Healthy)
            .Select(entry => $"{entry.Key}: {entry.Value.Description}")
            .Prepend(report.Status.ToString())));
    }

    /// <summary>Whether telemetry is exported: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
    internal static bool ExportsTelemetry(this IHostApplicationBuilder builder) =>
        !string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>
    /// Records telemetry only if an exporter is configured. Without one, spans and their tags would double the webhook receiver's
    /// processor time for nothing. <c>dotnet-counters</c> and similar tools read the meters directly.
    /// </summary>
    private static void AddOpenTelemetry(this IHostApplicationBuilder builder, Func<HttpRequest, bool>? isTraced)
    {
        if (!builder.ExportsTelemetry())
        {
            return;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics
                .AddMeter(builder.Environment.ApplicationName)
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation())
            .WithTracing(tracing => tracing
                .SetSampler(EntryPointSampler.Create(builder.TraceRatio()))
                .AddSource(builder.Environment.ApplicationName)
                .AddAspNetCoreInstrumentation(options => options.Filter = context =>
                    !IsHealthCheck(context.Request) && isTraced?.Invoke(context.Request) is not false)
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
    }

    /// <summary>
    /// The share of traces that are recorded, from <see href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/">
    /// OpenTelemetry's variables</see>. All traces are recorded unless <c>OTEL_TRACES_SAMPLER</c> is off or names a ratio.
    /// </summary>
    private static double TraceRatio(this IHostApplicationBuilder builder) => builder.Configuration["OTEL_TRACES_SAMPLER"] switch
    {
        "always_off" or "parentbased_always_off" => 0,
        "traceidratio" or "parentbased_traceidratio"
            when double.TryParse(builder.Configuration["OTEL_TRACES_SAMPLER_ARG"], CultureInfo.InvariantCulture, out var ratio) => ratio,
        _ => 1,
    };
}
