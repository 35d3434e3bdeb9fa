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
/// In revision 2025-11-25 the server asks within the call; in 2026-07-28 the call ends with what it needs, and the client calls again
/// with the buyer's answer and our <c>requestState</c>. What is accepted is that the page opens: only the ledger says that it was paid.
/// </summary>
internal sealed partial class BuyerHandOff(
    RequestStates states, IOptions<HandOffTimeouts> timeouts, TimeProvider time, ILogger<BuyerHandOff> logger)
{
    /// <summary>Name of the question among a call's input requests.</summary>
    public const string Question = "open_payment_page";

    /// <summary>The buyer's answer, when the call is a second round; null when it is a first.</summary>
    /// <exception cref="Errors.CheckoutException">It claims to be a second round, and is none of ours.</exception>
    public async Task<HandOffAnswer?> ResumeAsync(ToolCall call, string digest) =>
        call.Request.Params.RequestState is { } state
            ? new HandOffAnswer(await states.RedeemAsync(state, call.Caller, call.Request.Params.Name, digest), OutcomeOf(call))
            : null;

    /// <summary>Asks the buyer to open the payment page, if the client can and there is one.</summary>
    /// <returns>What became of the question; null when the session is not open, so that there is nothing to ask.</returns>
    /// <exception cref="InputRequiredException">The client has to ask, and to call again.</exception>
    public async Task<HandOffOutcome?> OfferAsync(
        ToolCall call, string digest, StartedCheckout sold, CancellationToken cancellationToken)
    {
        if (sold.CheckoutUrl is not { } url)
        {
            return null;
        }

        var question = new ElicitRequestParams
        {
            Mode = "url",
            Url = url,
            ElicitationId = sold.SessionId,
            // Nothing of the agent's own words: the client shows this in the seller's name.
            Message = $"Open Stripe's payment page to pay {Currency.Format(sold.AmountTotal, sold.Currency)}. Card data goes to Stripe alone.",
        };
        // Without a session, the capabilities come with each request.
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
            await states.IssueAsync(sold.SessionId, call.Caller, call.Request.Params.Name, digest));
    }

    private async Task<HandOffOutcome> AskAsync(ToolCall call, ElicitRequestParams question, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(timeouts.Value.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
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
            // The sale stands, and the link with it.
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
        [LoggerMessage(1, LogLevel.Information, "A client that says it can ask its user could not ({Error}); the agent gets the link.")]
        public static partial void NotAsked(ILogger logger, string error);
    }
}

/// <summary>What a second round brings.</summary>
/// <param name="SessionId">The session to continue with.</param>
/// <param name="Outcome">The buyer's answer; null when the client brought none, and is to ask again.</param>
internal sealed record HandOffAnswer(string SessionId, HandOffOutcome? Outcome);
