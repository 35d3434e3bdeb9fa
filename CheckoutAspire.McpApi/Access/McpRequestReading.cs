using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Parses the message of a POST and attaches it to the request, before rate limits and scopes are checked.</summary>
internal sealed class McpRequestReading(RequestDelegate next)
{
    /// <summary>Limit of a tool call. A hundred line items and the metadata, all of the longest texts as escapes, take three quarters of it.</summary>
    public const int MaxToolCallBytes = 1024 * 1024;

    /// <summary>Limit of any other message. A subscription to a hundred checkouts takes about half of it.</summary>
    public const int MaxBytes = 16 * 1024;

    private const string Json = "application/json";

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is null || !HttpMethods.IsPost(context.Request.Method))
        {
            await next(context);
            return;
        }

        if (string.IsNullOrEmpty(context.Request.ContentType))
        {
            await RejectionResults.UnreadableAsync(context, StatusCodes.Status400BadRequest, "The Content-Type header is missing. It must be application/json.");
            return;
        }

        using var body = new MemoryStream();
        try
        {
            if (!await TryReadAsync(context.Request, body))
            {
                await RejectionResults.UnreadableAsync(context, StatusCodes.Status413PayloadTooLarge, "The request is larger than 1 MiB.");
            }
            else if (McpBatch.Is(context, Bytes(body).Span))
            {
                await McpBatch.RunAsync(context, Bytes(body), InvokeAsync);
            }
            else
            {
                await RunAsync(context, body);
            }
        }
        catch (BadHttpRequestException exception)
        {
            await RejectionResults.UnreadableAsync(context, exception.StatusCode, "The body is too large, too slow or cut short.");
        }
        catch (JsonException) when (!context.Response.HasStarted)
        {
            await RejectionResults.UnreadableAsync(context, StatusCodes.Status400BadRequest, "The body is not a single JSON-RPC message.");
        }
    }

    private async Task RunAsync(HttpContext context, MemoryStream body)
    {
        var request = McpRequest.Parse(Bytes(body));
        context.Features.Set(request);
        if (!request.IsToolCall && body.Length > MaxBytes)
        {
            await RejectionResults.UnreadableAsync(
                context, StatusCodes.Status413PayloadTooLarge, "The message is larger than 16 KiB, which only tool calls may be.");
            return;
        }

        if (request.FindProblem(context.Request.Headers["MCP-Protocol-Version"].ToString()) is { } problem)
        {
            await RejectionResults.InvalidParamsAsync(context, problem);
            return;
        }

        if (request.IsInitialize && context.Request.Headers.ContainsKey(CallerSessions.Header))
        {
            // The SDK would initialize the earlier session again, with the context of a request that has ended.
            await RejectionResults.InvalidParamsAsync(context, "initialize starts a session, so the header Mcp-Session-Id must be omitted.");
            return;
        }

        // The body was read as UTF-8, and the SDK must read it in the same way, whatever the header's charset.
        context.Request.ContentType = Json;
        context.Request.Body = request.HasTraceContext || request.AsksForNewerSession ? Change(body, request, context) : body;
        context.Request.Body.Position = 0;
        await next(context);
    }

    /// <summary>The message as the SDK is to read it.</summary>
    private static MemoryStream Change(MemoryStream body, McpRequest request, HttpContext context)
    {
        var parameters = JsonNode.Parse(Bytes(body).Span)!["params"]!.AsObject();
        if (request.HasTraceContext)
        {
            RemoveTraceContext(parameters["_meta"]!.AsObject());
        }

        if (request.AsksForNewerSession)
        {
            parameters["protocolVersion"] = McpRequest.NewestWithSessions;
        }

        var changed = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(parameters.Root, AuditJson.Default.JsonNode));
        context.Response.RegisterForDispose(changed);
        return changed;
    }

    /// <summary>
    /// Removes the caller's trace context from <c>_meta</c>, because the SDK would make the caller's span the parent of its own: a caller could then choose
    /// the trace that a sale belongs to, and whether it is recorded. The caller's span is linked instead.
    /// </summary>
    private static void RemoveTraceContext(JsonObject meta)
    {
        if (meta["traceparent"] is JsonValue value && value.TryGetValue<string>(out var traceparent))
        {
            CallerTraces.Link(Activity.Current, traceparent);
        }

        foreach (var name in McpRequest.TraceContext)
        {
            meta.Remove(name);
        }
    }

    private static ReadOnlyMemory<byte> Bytes(MemoryStream body) => body.GetBuffer().AsMemory(0, (int)body.Length);

    private static async Task<bool> TryReadAsync(HttpRequest request, MemoryStream body)
    {
        if (request.ContentLength > MaxToolCallBytes)
        {
            return false;
        }

        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
                foreach (var segment in read.Buffer)
                {
                    body.Write(segment.Span);
                }

                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (body.Length > MaxToolCallBytes)
                {
                    return false;
                }

                if (read.IsCompleted)
                {
                    return true;
                }
            }
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            // Kestrel throws a plain one for a chunk whose size is too large for a number.
            throw new BadHttpRequestException("The body is unreadable.", exception);
        }
    }
}
