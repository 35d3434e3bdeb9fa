using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Access;

/// <summary>One call of a tool: its caller, its request and its services.</summary>
internal sealed class ToolCall(RequestContext<CallToolRequestParams> request)
{
    /// <summary>The SDK's request: progress token, input responses, the client's capabilities.</summary>
    public RequestContext<CallToolRequestParams> Request { get; } = request;

    public Caller Caller { get; } = Caller.Of(request.User);

    /// <summary>A service. Tools resolve services per call, because they are constructed when <c>/mcp</c> is mapped, before the configuration is validated.</summary>
    public T Service<T>()
        where T : notnull => Request.Services!.GetRequiredService<T>();
}
