using System.ComponentModel;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Tests.Conformance;

/// <summary>The conformance runner's tools for each kind of content, an error, progress and log messages.</summary>
[McpServerToolType]
internal sealed partial class ConformanceTools
{
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    [McpServerTool(Name = "test_simple_text"), Description("Returns text.")]
    public static string SimpleText() => "This is a simple text response for testing.";

    [McpServerTool(Name = "test_image_content"), Description("Returns an image.")]
    public static ImageContentBlock Image() => ConformanceContent.Image();

    [McpServerTool(Name = "test_audio_content"), Description("Returns a sound.")]
    public static AudioContentBlock Audio() => ConformanceContent.Audio();

    [McpServerTool(Name = "test_embedded_resource"), Description("Returns a resource.")]
    public static EmbeddedResourceBlock EmbeddedResource() => ConformanceContent.Resource("test://embedded-resource");

    [McpServerTool(Name = "test_multiple_content_types"), Description("Returns text, an image and a resource.")]
    public static ContentBlock[] MultipleContentTypes() =>
    [
        new TextContentBlock { Text = "Multiple content types test:" },
        ConformanceContent.Image(),
        ConformanceContent.Resource("test://mixed-content-resource"),
    ];

    [McpServerTool(Name = "test_error_handling"), Description("Fails.")]
    public static string ErrorHandling() => throw new McpException("This tool intentionally returns an error for testing");

    [McpServerTool(Name = "test_tool_with_progress"), Description("Reports progress in three steps.")]
    public static async Task<string> ToolWithProgressAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        if (request.Params.ProgressToken is not { } token)
        {
            return "There is no progress token.";
        }

        foreach (var progress in (int[])[0, 50, 100])
        {
            await request.Server.NotifyProgressAsync(
                token, new ProgressNotificationValue { Progress = progress, Total = 100 }, cancellationToken: cancellationToken);
            await Task.Delay(s_step, cancellationToken);
        }

        return "Progress was reported.";
    }

    [McpServerTool(Name = "test_tool_with_logging"), Description("Sends the client three log messages.")]
    public static async Task<string> ToolWithLoggingAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        foreach (var message in (string[])["Tool execution started", "Tool processing data", "Tool execution completed"])
        {
            Log.ToClient(ClientLog(request), message);
            await Task.Delay(s_step, cancellationToken);
        }

        return "Log messages were sent.";
    }

    [McpServerTool(Name = "test_logging_tool"), Description("Sends a log message, which only clients that asked for log messages may receive.")]
    public static string LoggingTool(RequestContext<CallToolRequestParams> request)
    {
        Log.ToClient(ClientLog(request), "test_logging_tool executed");
        return "A log message was sent, if the client asked for it.";
    }

    [McpServerTool(Name = "test_streaming_elicitation"), Description("Returns a result on a stream without requests from the server.")]
    public static string StreamingElicitation() => "The stream has only this result.";

    [McpServerTool(Name = "test_missing_capability"), Description("Needs a client that can sample.")]
    public static string MissingCapability(RequestContext<CallToolRequestParams> request) =>
        request.Server.ClientCapabilities?.Sampling is not null
            ? "The client can sample."
            : throw new MissingRequiredClientCapabilityException(
                new ClientCapabilities { Sampling = new() }, "The tool needs the sampling capability, which the client did not declare.");

    private static ILogger ClientLog(RequestContext<CallToolRequestParams> request) =>
        request.Server.AsClientLoggerProvider().CreateLogger(nameof(ConformanceTools));

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Text}")]
        public static partial void ToClient(ILogger logger, string text);
    }
}
