using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Apps;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Telemetry;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using StackExchange.Redis;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// A tool with records for input and output. Its schemas are derived from them, its arguments are validated with its schema, and every failure
/// is a result that a model can act on. No exception leaves it, except for the caller's cancellation and a request for input.
/// </summary>
internal abstract partial class CheckoutTool<TInput, TOutput> : McpServerTool
{
    private readonly ArgumentValidator _validator;
    private readonly McpApiTelemetry _telemetry;
    private readonly ILogger _logger;

    protected CheckoutTool(
        string name, string title, string description, ToolAnnotations annotations, McpApiTelemetry telemetry, ILogger logger, JsonElement? outputSchema = null)
    {
        ProtocolTool = new Tool
        {
            Name = name,
            Title = title,
            Description = description,
            Icons = ToolIcon.Of(name),
            InputSchema = ToolSchema.Input<TInput>(),
            OutputSchema = outputSchema ?? ToolSchema.Output<TOutput>(),
            Annotations = annotations,
            Meta = CheckoutApp.MetaOf(name),
        };
        _validator = new ArgumentValidator(name, ToolSchema.Rules<TInput>(), ToolSchema.Expectations<TInput>(), ToolSchema.References<TInput>());
        _telemetry = telemetry;
        _logger = logger;
    }

    /// <inheritdoc/>
    public sealed override Tool ProtocolTool { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<object> Metadata => [];

    /// <inheritdoc/>
    public sealed override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        try
        {
            var arguments = _validator.Validate(request.Params?.Arguments ?? new Dictionary<string, JsonElement>());
            var input = arguments.Deserialize((JsonTypeInfo<TInput>)ToolJsonOptions.Unescaped.GetTypeInfo(typeof(TInput))!)!;
            return ToolJsonOptions.Result(await RunAsync(input, new ToolCall(request), cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (InputRequiredException)
        {
            // Not a failure: the client asks its user and calls again.
            throw;
        }
        catch (Exception exception)
        {
            var error = ErrorOf(exception);
            Activity.Current?.SetTag("checkout.error.code", CheckoutErrorJson.NameOf(error.Code));
            _telemetry.Failed(ProtocolTool.Name, error.Code);
            return CheckoutErrorJson.Result(error);
        }
    }

    /// <summary>Runs the tool with valid arguments.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Canceled with the call.</param>
    /// <exception cref="CheckoutException">The call fails with this error.</exception>
    protected abstract Task<TOutput> RunAsync(TInput input, ToolCall call, CancellationToken cancellationToken);

    private CheckoutError ErrorOf(Exception exception)
    {
        switch (exception)
        {
            case CheckoutException checkout:
                return checkout.Error;
            case RedisException or RedisTimeoutException:
                Log.LedgerUnreachable(_logger, ProtocolTool.Name, exception);
                return CheckoutError.LedgerUnreachable();
            default:
                Log.Unexpected(_logger, ProtocolTool.Name, exception);
                return CheckoutError.Of(
                    CheckoutErrorCode.InternalError, "Unexpected server error. The operator can find the cause in the server log.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Tool} failed, because the ledger is unreachable.")]
        public static partial void LedgerUnreachable(ILogger logger, string tool, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "{Tool} failed unexpectedly.")]
        public static partial void Unexpected(ILogger logger, string tool, Exception exception);
    }
}
