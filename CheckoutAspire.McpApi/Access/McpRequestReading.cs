using System.Text.Json;

namespace CheckoutAspire.McpApi.Access;

/// <summary>Parses the message of a POST and attaches it to the request, before rate limits and scopes are checked.</summary>
internal sealed class McpRequestReading(RequestDelegate next)
{
    // A hundred line items with the longest texts take about a tenth of this.
    private const int MaxBytes = 1024 * 1024;

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is null || !HttpMethods.IsPost(context.Request.Method))
        {
            await next(context);
            return;
        }

        var body = new MemoryStream();
        if (!await TryReadAsync(context.Request, body))
        {
            await RejectionResults.UnreadableAsync(context, StatusCodes.Status413PayloadTooLarge, "The request is larger than 1 MiB.");
            return;
        }

        try
        {
            context.Features.Set(McpRequest.Parse(body.GetBuffer().AsMemory(0, (int)body.Length)));
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
        if (request.ContentLength > MaxBytes)
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
            if (body.Length > MaxBytes)
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
