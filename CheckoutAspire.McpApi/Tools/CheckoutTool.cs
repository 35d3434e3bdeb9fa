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
/// A tool over records: its schemas come from them, its arguments are validated against its schema, and every failure
/// is a result that a model can act on. Nothing is thrown past it but the caller's own cancellation.
/// </summary>
internal abstract partial class CheckoutTool<TInput, TOutput> : McpServerTool
{
    private readonly ArgumentValidator _validator;
    private readonly McpApiTelemetry _telemetry;
    private readonly ILogger _logger;

    protected CheckoutTool(string name, string title, string description, ToolAnnotations annotations, McpApiTelemetry telemetry, ILogger logger)
    {
        annotations.Title = title;
        ProtocolTool = new Tool
        {
            Name = name,
            Title = title,
            Description = description,
            Icons = ToolIcon.Of(name),
            InputSchema = ToolSchema.Input<TInput>(),
            OutputSchema = ToolSchema.Output<TOutput>(),
            Annotations = annotations,
            Meta = CheckoutApp.MetaOf(name),
        };
        _validator = new ArgumentValidator(name, ProtocolTool.InputSchema, ToolSchema.Expectations<TInput>());
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
            // No failure: the client asks its user, and calls again.
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

    /// <summary>Does the tool's work on valid arguments.</summary>
    /// <param name="input">The arguments.</param>
    /// <param name="call">Who calls, and what is at the call's disposal.</param>
    /// <param name="cancellationToken">The caller gave up.</param>
    /// <exception cref="CheckoutException">It cannot be done.</exception>
    protected abstract Task<TOutput> RunAsync(TInput input, ToolCall call, CancellationToken cancellationToken);

    private CheckoutError ErrorOf(Exception exception)
    {
        switch (exception)
        {
            case CheckoutException refusal:
                return refusal.Error;
            case RedisException or RedisTimeoutException:
                Log.LedgerUnreachable(_logger, ProtocolTool.Name, exception);
                return CheckoutError.LedgerUnreachable();
            default:
                Log.Unexpected(_logger, ProtocolTool.Name, exception);
                return CheckoutError.Of(
                    CheckoutErrorCode.InternalError, "The server failed in a way that it did not expect; those who run it find the reason in its log.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Tool}: the ledger does not answer.")]
        public static partial void LedgerUnreachable(ILogger logger, string tool, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "{Tool} failed unexpectedly.")]
        public static partial void Unexpected(ILogger logger, string tool, Exception exception);
    }
}
