using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>The operation of a tool.</summary>
internal delegate Task<UcpResponse> UcpOperation(ToolCall call, UcpArguments arguments, CancellationToken cancellationToken);

/// <summary>
/// A tool of the protocol. Decisions about a checkout are results; a JSON-RPC error means that the call was not processed.
/// </summary>
internal sealed partial class UcpTool(Tool tool, bool keyRequired, UcpOperation operation) : McpServerTool
{
    /// <inheritdoc/>
    public override Tool ProtocolTool { get; } = tool;

    /// <inheritdoc/>
    public override IReadOnlyList<object> Metadata => [];

    private bool Changes => ProtocolTool.Annotations?.ReadOnlyHint is not true;

    /// <inheritdoc/>
    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        var call = new ToolCall(request);
        try
        {
            var arguments = new UcpArguments(request.Params?.Arguments);
            var key = arguments.Meta(keyRequired);
            return Result(key is not null && Changes
                ? await call.Service<UcpIdempotency>().RunAsync(
                    call.Caller,
                    ProtocolTool.Name,
                    key,
                    arguments.Digest(),
                    // The caller's cancellation is not passed on, because a retry with the key waits for this response.
                    async () => (await operation(call, arguments, CancellationToken.None)).Json)
                : (await operation(call, arguments, cancellationToken)).Json);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception) when (exception is not McpProtocolException)
        {
            throw ErrorOf(exception, call.Service<ILogger<UcpTool>>());
        }
    }

    private McpProtocolException ErrorOf(Exception exception, ILogger logger)
    {
        switch (exception)
        {
            case CheckoutException { Error: var error }:
                return UcpErrors.Of(error) ?? UcpErrors.Invalid("$", error.Error);
            case RedisException or RedisTimeoutException:
                Log.StorageUnreachable(logger, ProtocolTool.Name, exception);
                return UcpErrors.StorageUnreachable();
            default:
                Log.Unexpected(logger, ProtocolTool.Name, exception);
                return UcpErrors.Internal();
        }
    }

    // "MUST return the UCP response payload in structuredContent, SHOULD also return serialized JSON in content[]":
    // https://ucp.dev/2026-04-08/specification/overview#response-format
    private static CallToolResult Result(string json)
    {
        using var document = JsonDocument.Parse(json);
        return new CallToolResult { Content = [new TextContentBlock { Text = json }], StructuredContent = document.RootElement.Clone() };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "UCP {Tool} failed, because Redis is unreachable.")]
        public static partial void StorageUnreachable(ILogger logger, string tool, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "UCP {Tool} failed unexpectedly.")]
        public static partial void Unexpected(ILogger logger, string tool, Exception exception);
    }
}
