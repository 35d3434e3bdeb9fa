using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;

namespace CheckoutAspire.McpApi.Access;

/// <summary>
/// Serves the batches of revision 2025-03-26, which the SDK does not read
/// (<see href="https://modelcontextprotocol.io/specification/2025-03-26/basic/transports#sending-messages-to-the-server">transport</see>): each message is
/// a request of its own, with its own rate limit, scope and audit, and their responses are the events of one stream.
/// </summary>
internal static class McpBatch
{
    private const string Revision = "2025-03-26";
    private const int MaxMessages = 50;
    private const string EventStream = "text/event-stream";

    /// <summary>Whether the body is a list. Clients of this revision send no version header.</summary>
    public static bool Is(HttpContext context, ReadOnlySpan<byte> body) =>
        context.Request.Headers["MCP-Protocol-Version"].ToString() is "" or Revision && body.TrimStart(" \t\r\n"u8).StartsWith("["u8);

    /// <summary>Runs each message and writes the responses.</summary>
    /// <exception cref="JsonException">The list is empty, too long, or not JSON.</exception>
    public static async Task RunAsync(HttpContext context, ReadOnlyMemory<byte> body, RequestDelegate run)
    {
        using var document = JsonDocument.Parse(body);
        if (document.RootElement.GetArrayLength() is 0 or > MaxMessages)
        {
            throw new JsonException();
        }

        using var events = new MemoryStream();
        foreach (var message in document.RootElement.EnumerateArray())
        {
            using var written = new MemoryStream();
            var single = Single(context, message, written);
            await run(single);
            await single.Response.CompleteAsync();
            if (single.Response.StatusCode is StatusCodes.Status404NotFound)
            {
                // The session has ended: the client must start another one.
                context.Response.StatusCode = single.Response.StatusCode;
                context.Response.ContentType = single.Response.ContentType;
                await context.Response.Body.WriteAsync(written.GetBuffer().AsMemory(0, (int)written.Length), context.RequestAborted);
                return;
            }

            Append(events, single.Response, written);
        }

        context.Response.StatusCode = events.Length == 0 ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        if (events.Length > 0)
        {
            context.Response.ContentType = EventStream;
            context.Response.Headers.CacheControl = "no-cache,no-store";
            await context.Response.Body.WriteAsync(events.GetBuffer().AsMemory(0, (int)events.Length), context.RequestAborted);
        }
    }

    private static DefaultHttpContext Single(HttpContext batch, JsonElement message, MemoryStream written)
    {
        var features = new FeatureCollection(batch.Features);
        features.Set<IHttpRequestFeature>(new HttpRequestFeature
        {
            Method = batch.Request.Method,
            Scheme = batch.Request.Scheme,
            Path = batch.Request.Path,
            Protocol = batch.Request.Protocol,
            Headers = new HeaderDictionary(batch.Request.Headers.ToDictionary(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase)),
            // As bytes, because they need not be UTF-8: the message is rejected when it is read.
            Body = new MemoryStream(JsonMarshal.GetRawUtf8Value(message).ToArray()),
        });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(written));
        var single = new DefaultHttpContext(features);
        single.Request.ContentLength = null;
        features.Set<IRequestBodyPipeFeature>(new RequestBodyPipeFeature(single));
        return single;
    }

    private static void Append(MemoryStream events, HttpResponse response, MemoryStream written)
    {
        if (written.Length == 0)
        {
            return;
        }

        var isStream = response.ContentType?.StartsWith(EventStream, StringComparison.Ordinal) is true;
        if (!isStream)
        {
            events.Write("event: message\ndata: "u8);
        }

        written.WriteTo(events);
        if (!isStream)
        {
            events.Write("\n\n"u8);
        }
    }
}
