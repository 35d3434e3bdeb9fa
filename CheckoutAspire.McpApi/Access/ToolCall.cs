using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Access;

/// <summary>One call of a tool: who makes it, and what is at its disposal.</summary>
internal sealed class ToolCall(RequestContext<CallToolRequestParams> request)
{
    /// <summary>The protocol's own view of the call: progress token, input responses, the client's capabilities.</summary>
    public RequestContext<CallToolRequestParams> Request { get; } = request;

    public Caller Caller { get; } = Caller.Of(request.User);

    /// <summary>Resolved by the call and not by a tool's constructor: tools are made when <c>/mcp</c> is mapped, before the configuration is accepted.</summary>
    public T Service<T>()
        where T : notnull => Request.Services!.GetRequiredService<T>();
}
