using System.Text.Json;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Checkouts;
using CheckoutAspire.McpApi.Values;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>
/// Hands the payment page to the buyer through the client, by
/// <see href="https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation#url-mode-elicitation-requests">URL-mode elicitation</see>.
/// In revision 2025-11-25 the server asks within the call. In 2026-07-28 the call ends with an input request, and the client calls again
/// with the buyer's answer and our <c>requestState</c>. The buyer only consents to open the page; only the ledger proves a payment.
/// </summary>
internal sealed partial class BuyerHandOff(
    RequestStates states, IOptions<HandOffTimeouts> timeouts, TimeProvider time, ILogger<BuyerHandOff> logger)
{
    /// <summary>Name of the elicitation among a call's input requests.</summary>
    public const string Question = "open_payment_page";

    /// <summary>The buyer's answer if this is the client's second call; null if it is the first.</summary>
    /// <exception cref="Errors.CheckoutException">The call has a request state that is not valid for it.</exception>
    public async Task<HandOffAnswer?> ResumeAsync(ToolCall call, string digest) =>
        call.Request.Params.RequestState is { } state
            ? new HandOffAnswer(await states.RedeemAsync(state, call.Caller, call.Request.Params.Name, digest), OutcomeOf(call))
            : null;

    /// <summary>Asks the buyer to open the payment page, if the session is open and the client supports it.</summary>
    /// <returns>The outcome; null if the session is not open.</returns>
    /// <exception cref="InputRequiredException">The client has to ask the buyer and call again.</exception>
    public async Task<HandOffOutcome?> OfferAsync(
        ToolCall call, string digest, StartedCheckout sold, CancellationToken cancellationToken)
    {
        if (sold.PageUrl is not { } url)
        {
            return null;
        }

        var question = new ElicitRequestParams
        {
            Mode = "url",
            Url = url,
            ElicitationId = sold.SessionId,
            // It contains no text from the agent, because the client shows it in the seller's name.
            Message = $"Open Stripe's payment page to pay {Currency.Format(sold.AmountTotal, sold.Currency)}. Card data goes to Stripe alone.",
        };
        // Without a session, the capabilities are part of each request.
        var server = call.Request.Server;
        var capabilities = server.ClientCapabilities ?? call.Request.JsonRpcRequest.Context?.ClientCapabilities;
        if (capabilities?.Elicitation?.Url is null)
        {
            return HandOffOutcome.Link;
        }

        if (server.SessionId is { Length: > 0 })
        {
            return await AskAsync(call, question, cancellationToken);
        }

        question.ElicitationId = null;
        throw new InputRequiredException(
            new Dictionary<string, InputRequest>(StringComparer.Ordinal) { [Question] = InputRequest.ForElicitation(question) },
            await states.IssueAsync(new PendingHandOff(sold.SessionId, sold.DeliveryOptions), call.Caller, call.Request.Params.Name, digest));
    }

    private async Task<HandOffOutcome> AskAsync(ToolCall call, ElicitRequestParams question, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeouts.Value.Answer, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return OutcomeOf(await call.Request.Server.ElicitAsync(question, either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HandOffOutcome.Unanswered;
        }
        catch (Exception exception) when (exception is McpException or InvalidOperationException or JsonException)
        {
            // The checkout exists in any case, and the agent gets its link.
            Log.NotAsked(logger, exception.GetType().Name);
            return HandOffOutcome.Link;
        }
    }

    private static HandOffOutcome? OutcomeOf(ToolCall call)
    {
        if (call.Request.Params.InputResponses?.TryGetValue(Question, out var response) is not true)
        {
            return null;
        }

        try
        {
            return response.Deserialize(InputResponse.ElicitResultJsonTypeInfo) is { } result ? OutcomeOf(result) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static HandOffOutcome OutcomeOf(ElicitResult result) => result.Action switch
    {
        "accept" => HandOffOutcome.Accepted,
        "decline" => HandOffOutcome.Declined,
        _ => HandOffOutcome.Cancelled,
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The client declares elicitation but could not ask its user ({Error}); the agent gets the link.")]
        public static partial void NotAsked(ILogger logger, string error);
    }
}

/// <summary>The content of the client's second call.</summary>
/// <param name="Pending">The checkout to continue with.</param>
/// <param name="Outcome">The buyer's answer; null if the client sent none and has to ask again.</param>
internal sealed record HandOffAnswer(PendingHandOff Pending, HandOffOutcome? Outcome);
