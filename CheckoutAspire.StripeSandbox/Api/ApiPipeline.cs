using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Faults;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Processes every API request: key, parameters, idempotency, operation, then Stripe's headers and JSON.</summary>
internal sealed partial class ApiPipeline(
    ApiAuthentication authentication,
    RequestRate rate,
    Idempotency idempotency,
    SandboxStore store,
    TimeProvider time,
    ILogger<ApiPipeline> logger)
{
    private const int MaximumBody = 1024 * 1024;
    private const string TooLarge = "The request's body is larger than 1 MiB.";
    private const string Replayed = "Idempotent-Replayed";

    public async Task InvokeAsync(HttpContext context, ApiOperation operation)
    {
        var requestId = Identifiers.New("req_", 14);
        WriteHeaders(context, requestId);
        try
        {
            authentication.Authenticate(context.Request);
            rate.Count(context.Response);
            // A DELETE may carry parameters in the query string or in the body.
            var pairs = HttpMethods.IsPost(context.Request.Method) ? [] : FormNode.Pairs(context.Request.QueryString.Value ?? "");
            if (!HttpMethods.IsGet(context.Request.Method))
            {
                pairs.AddRange(FormNode.Pairs(await ReadBodyAsync(context.Request, context.RequestAborted)));
            }

            if (store.Faults.Take(FaultKind.RateLimit, context.Request, out _))
            {
                throw ApiErrors.RateLimited();
            }

            if (store.Faults.Take(FaultKind.NotFound, context.Request, out _))
            {
                throw ApiErrors.NoSuchObject("object", (string?)context.Request.RouteValues["id"] ?? "");
            }

            var response = Answer(context, pairs, requestId, operation);
            if (!context.Response.Headers.ContainsKey(Replayed)
                && store.Faults.Take(FaultKind.TimeoutAfterSuccess, context.Request, out var timeout))
            {
                await Task.Delay(timeout.Delay, time, context.RequestAborted);
                context.Abort();
                return;
            }

            await WriteAsync(context, response);
        }
        catch (StripeException error)
        {
            await WriteAsync(context, ErrorResponse(error, requestId));
        }
        catch (SimulatedFaultException)
        {
            await WriteAsync(context, ErrorResponse(ApiErrors.Internal(), requestId));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Failed(logger, context.Request.Method, requestId, exception);
            await WriteAsync(context, ErrorResponse(ApiErrors.Internal(), requestId));
        }
    }

    private SavedResponse Answer(
        HttpContext context, List<KeyValuePair<string, string>> pairs, string requestId, ApiOperation operation)
    {
        var key = IdempotencyKey(context.Request);
        if (key is null)
        {
            return Run(context, pairs, new EventCause(requestId, null), operation);
        }

        if (idempotency.Begin(key, context.Request.Path, pairs) is { } saved)
        {
            context.Response.Headers[Replayed] = "true";
            context.Response.Headers["Original-Request"] = saved.RequestId;
            return saved;
        }

        try
        {
            return Run(context, pairs, new EventCause(requestId, key), operation);
        }
        catch (Exception exception) when (exception is not StripeException)
        {
            // Stripe replays its own failures: a client must read the object's state before it retries under a new key.
            var failure = ApiErrors.Internal();
            store.Transact(null, transaction =>
            {
                idempotency.Save(transaction, key, (int)failure.HttpStatusCode, ErrorBody(failure, requestId), requestId);
                return 0;
            });
            throw;
        }
        finally
        {
            idempotency.Release(key);
        }
    }

    private SavedResponse Run(
        HttpContext context, List<KeyValuePair<string, string>> pairs, EventCause cause, ApiOperation operation)
    {
        var form = FormNode.Parse(pairs);
        var baseUrl = $"{context.Request.Scheme}://{context.Request.Host}";
        return store.Transact(cause, transaction =>
        {
            var call = new ApiCall(transaction, form, context.Request.RouteValues, baseUrl);
            if (store.Faults.Take(FaultKind.ServerError, context.Request, out _))
            {
                throw new SimulatedFaultException();
            }

            var body = operation(call);
            var status = StatusCodes.Status200OK;
            if (call.Error is { } error)
            {
                (status, body) = ((int)error.HttpStatusCode, ErrorBody(error, cause.RequestId));
            }
            else if (store.Faults.Take(FaultKind.ServerErrorAfterSuccess, context.Request, out _))
            {
                (status, body) = (StatusCodes.Status500InternalServerError, ErrorBody(ApiErrors.Internal(), cause.RequestId));
            }

            if (cause.IdempotencyKey is { } key)
            {
                idempotency.Save(transaction, key, status, body, cause.RequestId);
            }

            return new SavedResponse(status, StripeJson.Print(body), cause.RequestId);
        });
    }

    private static string? IdempotencyKey(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && request.Headers["Idempotency-Key"].ToString() is { Length: > 0 } key ? key : null;

    private static void WriteHeaders(HttpContext context, string requestId)
    {
        var headers = context.Response.Headers;
        headers["Request-Id"] = requestId;
        var version = context.Request.Headers["Stripe-Version"].ToString();
        headers["Stripe-Version"] = version.Length > 0 && IsHeaderText(version) ? version : StripeConfiguration.ApiVersion;
        headers.CacheControl = "no-cache, no-store";
        if (IdempotencyKey(context.Request) is { } key && IsHeaderText(key))
        {
            headers["Idempotency-Key"] = key;
        }
    }

    // Kestrel reads other characters in a request's headers, and writes none of them in a response's.
    private static bool IsHeaderText(string text) => text.All(character => char.IsAscii(character) && !char.IsControl(character));

    private static SavedResponse ErrorResponse(StripeException error, string requestId) =>
        new((int)error.HttpStatusCode, StripeJson.Print(ErrorBody(error, requestId)), requestId);

    private static JsonObject ErrorBody(StripeException exception, string requestId)
    {
        var error = exception.StripeError;
        var body = new JsonObject();
        Add("charge", error.Charge);
        Add("code", error.Code);
        Add("decline_code", error.DeclineCode);
        Add("doc_url", error.Code is null ? null : $"https://stripe.com/docs/error-codes/{error.Code.Replace('_', '-')}");
        Add("message", error.Message);
        Add("param", error.Param);
        if (error.PaymentIntent is { } intent)
        {
            body["payment_intent"] = StripeJson.ToJson(intent);
        }

        if (error.PaymentMethod is { } method)
        {
            body["payment_method"] = StripeJson.ToJson(method);
        }

        Add("request_log_url", $"https://dashboard.stripe.com/test/logs/{requestId}");
        Add("type", error.Type);
        return new JsonObject { ["error"] = body };

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                body[name] = value;
            }
        }
    }

    private static async Task<string> ReadBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.HasJsonContentType())
        {
            throw ApiErrors.Invalid(
                "Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we "
                + "can help at https://support.stripe.com/.");
        }

        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellationToken);
                if (read.Buffer.Length > MaximumBody)
                {
                    throw ApiErrors.Invalid(TooLarge);
                }

                if (read.IsCompleted)
                {
                    var body = Encoding.UTF8.GetString(read.Buffer);
                    request.BodyReader.AdvanceTo(read.Buffer.End);
                    return body;
                }

                request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (IOException exception)
        {
            throw ApiErrors.Invalid(exception is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } ? TooLarge : "The request's body is unreadable.");
        }
    }

    private static async Task WriteAsync(HttpContext context, SavedResponse response)
    {
        context.Response.StatusCode = response.Status;
        context.Response.ContentType = "application/json";
        if (response.Status == (int)HttpStatusCode.Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"Stripe\"";
        }

        await context.Response.WriteAsync(response.Body, context.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} request {RequestId} failed because of an error in the sandbox.")]
        public static partial void Failed(ILogger logger, string method, string requestId, Exception exception);
    }
}
