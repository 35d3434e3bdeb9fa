using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Access;

/// <summary>How often an event stream sends a comment.</summary>
internal sealed class StreamOptions
{
    /// <summary>Less than the idle timeout of proxies and browsers, which is a minute for nginx.</summary>
    public TimeSpan CommentInterval { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>
/// Keeps event streams alive by comments, and ends them at once when they have no purpose any more: the call is canceled, the session's own stream is opened
/// again, or the caller's token expires.
/// </summary>
internal sealed class LiveStreams(
    RequestDelegate next, SessionStreams sessions, SessionStore store, IHostApplicationLifetime lifetime, IOptions<StreamOptions> options, TimeProvider time)
{
    private const string EventStream = "text/event-stream";

    // The SDK starts a continued stream only with its next event, and until then the client waits for the response's headers.
    private static readonly TimeSpan s_firstComment = TimeSpan.FromMilliseconds(50);

    // By caller too: a rejected call of another principal must not take the place of the session's own.
    private readonly ConcurrentDictionary<(Caller Caller, string Session, string Id), CancellationTokenSource> _calls = new();

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<CallerEndpoint>() is null)
        {
            await next(context);
            return;
        }

        var request = context.Features.Get<McpRequest>();
        var session = context.Request.Headers[CallerSessions.Header].ToString();
        if (HttpMethods.IsDelete(context.Request.Method))
        {
            await next(context);
            await (IsAccepted(context) && session.Length > 0 ? store.ForgetAsync(session, Caller.Of(context.User)) : Task.CompletedTask);
            return;
        }

        var isOwnStream = HttpMethods.IsGet(context.Request.Method);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, isOwnStream ? lifetime.ApplicationStopping : CancellationToken.None);
        using var expiry = ExpiryOf(context);
        using var expired = expiry?.Token.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), ending);
        var caller = Caller.Of(context.User);
        var call = request?.Id is { } id && session.Length > 0 ? ((Caller, string, string)?)(caller, session, id.GetRawText()) : null;
        if (call is { } started)
        {
            _calls[started] = ending;
        }

        try
        {
            using var own = isOwnStream ? await sessions.OpenAsync(context, session, ending) : null;
            await RunAsync(context, own?.FirstEventId, ending.Token);
            if (request?.CanceledId is { } canceled && IsAccepted(context) && _calls.TryGetValue((caller, session, canceled), out var stream))
            {
                await stream.CancelAsync();
            }
        }
        catch (ObjectDisposedException) when (request?.CanceledId is not null)
        {
            // The call has ended at the same time.
        }
        finally
        {
            if (call is { } ended)
            {
                _calls.TryRemove(KeyValuePair.Create(ended, ending));
            }
        }
    }

    // The SDK rejects requests on the sessions of other principals.
    private static bool IsAccepted(HttpContext context) => context.Response.StatusCode < StatusCodes.Status300MultipleChoices;

    private async Task RunAsync(HttpContext context, string? firstEventId, CancellationToken ending)
    {
        var (aborted, feature) = (context.RequestAborted, context.Features.GetRequiredFeature<IHttpResponseBodyFeature>());
        await using var body = new CommentedStream(feature.Stream, firstEventId, () => context.Response.ContentType == EventStream);
        var response = new StreamResponseBodyFeature(body, feature);
        context.Features.Set<IHttpResponseBodyFeature>(response);
        context.RequestAborted = ending;
        try
        {
            await using var timer = time.CreateTimer(
                _ => _ = body.CommentAsync(ending),
                state: null, HttpMethods.IsGet(context.Request.Method) ? s_firstComment : options.Value.CommentInterval, options.Value.CommentInterval);
            await next(context);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            // The response ends here, and the connection can be used again.
        }
        finally
        {
            await body.CloseAsync();
            context.RequestAborted = aborted;
            context.Features.Set(feature);
        }
    }

    private CancellationTokenSource? ExpiryOf(HttpContext context)
    {
        if (context.Features.Get<TokenLifetime>() is not { } token)
        {
            return null;
        }

        var left = token.Until - time.GetUtcNow().UtcDateTime;
        return new CancellationTokenSource(left > TimeSpan.Zero ? left < TimeSpan.FromDays(1) ? left : TimeSpan.FromDays(1) : TimeSpan.FromSeconds(1), time);
    }

    /// <summary>A response's body, into which comments are written between events. The SDK writes each event at once.</summary>
    private sealed class CommentedStream(Stream inner, string? firstEventId, Func<bool> isEventStream) : Stream
    {
        private static readonly byte[] s_comment = ":\n\n"u8.ToArray();

        // An event without a message, after which a client that loses the stream can continue.
        private byte[]? _first = firstEventId is null ? null : Encoding.ASCII.GetBytes($"data: \nid: {firstEventId}\n\n");

        private readonly SemaphoreSlim _writing = new(1, 1);
        private bool _closed;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>Writes a comment, unless an event is being written.</summary>
        public async Task CommentAsync(CancellationToken cancellationToken)
        {
            if (!await _writing.WaitAsync(TimeSpan.Zero, CancellationToken.None))
            {
                return;
            }

            try
            {
                if (!_closed && isEventStream())
                {
                    await inner.WriteAsync(TakeFirst() ?? s_comment, cancellationToken);
                    await inner.FlushAsync(cancellationToken);
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
            {
                // The client has disconnected, or the response has ended.
            }
            finally
            {
                _writing.Release();
            }
        }

        /// <summary>Returns when no comment is being written, after which none will be.</summary>
        public async Task CloseAsync()
        {
            await _writing.WaitAsync();
            _closed = true;
            _writing.Release();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _writing.WaitAsync(cancellationToken);
            try
            {
                if (isEventStream() && TakeFirst() is { } first)
                {
                    await inner.WriteAsync(first, cancellationToken);
                }

                await inner.WriteAsync(buffer, cancellationToken);
            }
            finally
            {
                _writing.Release();
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await _writing.WaitAsync(cancellationToken);
            try
            {
                await inner.FlushAsync(cancellationToken);
            }
            finally
            {
                _writing.Release();
            }
        }

        private byte[]? TakeFirst()
        {
            var first = _first;
            _first = null;
            return first;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _writing.Dispose();
            }

            base.Dispose(disposing);
        }

        public override void Flush() => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
