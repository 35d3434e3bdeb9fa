using System.Net.WebSockets;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Webhooks;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.StripeSandbox.StripeCli;

/// <summary>The WebSocket on which <c>stripe listen</c> receives events and reports the responses of its endpoint.</summary>
/// <remarks><see href="https://github.com/stripe/stripe-cli/blob/master/pkg/websocket/webhook_messages.go"/></remarks>
internal sealed partial class CliSocket(
    CliListeners listeners, IOptions<SandboxOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<CliSocket> logger)
{
    public const string Path = "/sandbox/stripecli/subscribe";

    private const string Protocol = "stripecli-devproxy-v1";
    private const int MaximumMessage = 1024 * 1024;

    public async Task ServeAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest || !context.WebSockets.WebSocketRequestedProtocols.Contains(Protocol))
        {
            await RejectAsync(context, "This address only supports the WebSocket protocol of `stripe listen`.");
            return;
        }

        if (!listeners.IsAuthorized(context.Request.Headers["Websocket-Id"].ToString()))
        {
            // The CLI recognizes this message and requests a new session.
            await RejectAsync(context, "Unknown WebSocket ID.");
            return;
        }

        // Before the CLI learns that it is connected: it says that it is ready, and must miss no event from then on.
        using var listener = listeners.Connect();
        using var socket = await context.WebSockets.AcceptWebSocketAsync(Protocol);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        Log.Connected(logger);
        await Task.WhenAll(
            UntilTheEndAsync(() => SendAsync(socket, listener, ending.Token), ending),
            UntilTheEndAsync(() => ReceiveAsync(socket, ending.Token), ending));
        Log.Disconnected(logger);
    }

    /// <summary>Runs one direction; when it ends, the other direction is canceled.</summary>
    private static async Task UntilTheEndAsync(Func<Task> work, CancellationTokenSource ending)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // The CLI disconnected, or the sandbox is stopping.
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    private static Task RejectAsync(HttpContext context, string message)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        return context.Response.WriteAsJsonAsync(new { error = new { message, type = "invalid_request_error" } });
    }

    private async Task SendAsync(WebSocket socket, CliListener listener, CancellationToken cancellationToken)
    {
        await foreach (var recorded in listener.ReadAllAsync(cancellationToken))
        {
            // Stripe sends each event twice. The CLI uses the message without a version, or with --latest the one with a version.
            foreach (var version in new[] { null, StripeConfiguration.ApiVersion })
            {
                var message = System.Text.Encoding.UTF8.GetBytes(Message(recorded, version).ToJsonString(StripeJson.Compact));
                await socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
            }
        }
    }

    private JsonObject Message(SandboxEvent recorded, string? version)
    {
        var payload = StripeJson.Print(recorded.ToJson());
        return new JsonObject
        {
            ["type"] = "webhook_event",
            ["endpoint"] = new JsonObject { ["api_version"] = version },
            ["event_payload"] = payload,
            ["http_headers"] = new JsonObject
            {
                ["Cache-Control"] = "no-cache",
                ["Content-Type"] = "application/json; charset=utf-8",
                ["Stripe-Signature"] = WebhookSignature.Sign(payload, [options.Value.WebhookSecrets[0]], time.GetUtcNow()),
                ["User-Agent"] = WebhookSignature.UserAgent,
            },
            ["webhook_conversation_id"] = Identifiers.New("wc_"),
            ["webhook_id"] = Identifiers.New("wh_"),
        };
    }

    /// <summary>Reads messages until the CLI closes the socket. <c>event_ack</c> is ignored; <c>webhook_response</c> has the endpoint's answer.</summary>
    private async Task ReceiveAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaximumMessage];
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (read.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
                return;
            }

            length += read.Count;
            if (length == buffer.Length)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.MessageTooBig, null, cancellationToken);
                return;
            }

            if (read.EndOfMessage)
            {
                Note(buffer.AsSpan(0, length));
                length = 0;
            }
        }
    }

    private void Note(ReadOnlySpan<byte> message)
    {
        try
        {
            // {"type":"webhook_response","status":200,"notification_id":"evt_1…",…}
            if (JsonNode.Parse(message) is JsonObject json && (string?)json["type"] == "webhook_response" && (int?)json["status"] is { } status)
            {
                Log.Forwarded(logger, (string?)json["notification_id"] ?? "", status);
            }
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException or FormatException)
        {
            Log.Unreadable(logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A `stripe listen` connected.")]
        public static partial void Connected(ILogger logger);

        [LoggerMessage(2, LogLevel.Information, "A `stripe listen` disconnected.")]
        public static partial void Disconnected(ILogger logger);

        [LoggerMessage(3, LogLevel.Information, "{EventId}: `stripe listen` forwarded it and got {Status}.")]
        public static partial void Forwarded(ILogger logger, string eventId, int status);

        [LoggerMessage(4, LogLevel.Warning, "A `stripe listen` sent an unreadable message.")]
        public static partial void Unreadable(ILogger logger);
    }
}

/// <summary>Maps the socket.</summary>
internal static class CliSocketEndpoint
{
    public static void MapCliSocket(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet(CliSocket.Path, static (HttpContext context, CliSocket socket) => socket.ServeAsync(context));
}
