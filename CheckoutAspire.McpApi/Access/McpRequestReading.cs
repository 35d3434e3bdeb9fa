using System.Text.Json;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Parses the message of a POST and attaches it to the request, before rate limits and scopes are checked.</summary>
internal sealed class McpRequestReading(RequestDelegate next)
{
    /// <summary>Limit of a tool call. A hundred line items and the metadata, all of the longest texts as escapes, take three quarters of it.</summary>
    public const int MaxToolCallBytes = 1024 * 1024;

    /// <summary>Limit of any other message. A subscription to a hundred checkouts takes about half of it.</summary>
    public const int MaxBytes = 16 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is null || !HttpMethods.IsPost(context.Request.Method))
        {
            await next(context);
            return;
        }

        var body = new MemoryStream();
        try
        {
            if (!await TryReadAsync(context.Request, body))
            {
                await RejectionResults.UnreadableAsync(context, StatusCodes.Status413PayloadTooLarge, "The request is larger than 1 MiB.");
                return;
            }

            var request = McpRequest.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            context.Features.Set(request);
            if (!request.IsToolCall && body.Length > MaxBytes)
            {
                await RejectionResults.UnreadableAsync(
                    context, StatusCodes.Status413PayloadTooLarge, "The message is larger than 16 KiB, which only tool calls may be.");
                return;
            }
        }
        catch (BadHttpRequestException exception)
        {
            await RejectionResults.UnreadableAsync(context, exception.StatusCode, "The body is too large, too slow or cut short.");
            return;
        }
        catch (JsonException)
        {
            await RejectionResults.UnreadableAsync(context, StatusCodes.Status400BadRequest, "The body is not a single JSON-RPC message.");
            return;
        }

        body.Position = 0;
        context.Request.Body = body;
        await next(context);
    }

    private static async Task<bool> TryReadAsync(HttpRequest request, MemoryStream body)
    {
        if (request.ContentLength > MaxToolCallBytes)
        {
            return false;
        }

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
}
