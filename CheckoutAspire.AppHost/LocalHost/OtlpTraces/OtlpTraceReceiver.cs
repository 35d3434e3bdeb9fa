using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.AppHost.LocalHost.OtlpTraces;

/// <summary>
/// Receives spans by OTLP/HTTP in protobuf (https://opentelemetry.io/docs/specs/otlp/#otlphttp), on a free loopback port, as a
/// collector would. Metrics and logs are accepted and dropped, for the exporter of a service sends all three to one place.
/// </summary>
internal sealed class OtlpTraceReceiver : IAsyncDisposable
{
    private const long MaxBodySize = 16 * 1024 * 1024;

    private readonly WebApplication _app;

    private OtlpTraceReceiver(WebApplication app, string endpoint)
    {
        _app = app;
        Endpoint = endpoint;
    }

    /// <summary>The value for <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; exporters append <c>/v1/traces</c>.</summary>
    public string Endpoint { get; }

    /// <param name="received">Called with each batch, possibly from several requests at once.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    public static async Task<OtlpTraceReceiver> StartAsync(
        Action<IReadOnlyList<SpanRecord>> received, CancellationToken cancellationToken)
    {
        // The empty builder reads no configuration: ASPNETCORE_URLS of this process is not for this server.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Limits.MaxRequestBodySize = MaxBodySize;
            options.Listen(IPAddress.Loopback, port: 0);
        });
        builder.Services.AddRoutingCore().AddRequestDecompression();
        builder.Logging.ClearProviders();

        var app = builder.Build();
        app.UseRouting();
        app.UseRequestDecompression();
        app.MapPost("/v1/traces", context => ReceiveAsync(context, received));
        app.MapPost("/v1/{signal}", DrainAsync);
        await app.StartAsync(cancellationToken);
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new OtlpTraceReceiver(app, addresses.Single());
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task ReceiveAsync(HttpContext context, Action<IReadOnlyList<SpanRecord>> received)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        try
        {
            received(ExportTraceServiceRequest.Read(body.GetBuffer().AsSpan(0, (int)body.Length)));
        }
        catch (InvalidDataException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        Accept(context);
    }

    private static async Task DrainAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        Accept(context);
    }

    /// <summary>An empty message of protobuf has no bytes: full success.</summary>
    private static void Accept(HttpContext context) => context.Response.ContentType = "application/x-protobuf";
}
