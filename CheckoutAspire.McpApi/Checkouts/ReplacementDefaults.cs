using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Orders.Ledger;
using Stripe.Checkout;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>
/// Completes a request that replaces a checkout: what it leaves out is as in that checkout, except for the time until the page closes. The products of the
/// catalog have their current prices.
/// </summary>
internal sealed class ReplacementDefaults(OrderLedger ledger, StripeSessions stripe, Ownership ownership, SessionTerms terms)
{
    /// <summary>The whole request. A request that replaces no checkout is returned as it is.</summary>
    /// <exception cref="CheckoutException">The checkout is unknown, belongs to another caller or buyer, or is completed.</exception>
    public async Task<CheckoutRequest> ApplyAsync(CheckoutRequest request, Caller caller, CancellationToken cancellationToken)
    {
        if (request.Replaces is not { } replaced)
        {
            return request;
        }

        var order = await ledger.FindAsync(replaced);
        if (order is null || !ownership.IsOwn(caller, order) || (request.BuyerRef is { } buyer && buyer != order.BuyerRef))
        {
            throw new CheckoutException(CheckoutErrorCode.NotFound, "There is no checkout with the session_id in replaces.", CheckoutReplacement.Argument);
        }

        if (order.State is not (OrderState.Created or OrderState.Expired))
        {
            throw CheckoutReplacement.Completed(order.State.Name());
        }

        var session = await FindAsync(replaced, cancellationToken);
        return session?.Status == SessionStatus.Complete ? throw CheckoutReplacement.Completed(SessionStatus.Complete) : Complete(request, order, session);
    }

    private CheckoutRequest Complete(CheckoutRequest request, Order order, Session? session)
    {
        var (lines, areOld) = Lines(request, order);
        return request with
        {
            Lines = lines,
            IsList = request.IsList || lines.Count > 1,
            Currency = request.HasCurrency || (!areOld && !lines.Any(line => line.HasOwnPrice)) ? request.Currency : order.Sold.Currency,
            Mode = request.Mode ?? (areOld && order.Mode == CheckoutMode.Subscription ? order.Mode : null),
            BuyerRef = request.BuyerRef ?? order.BuyerRef,
            ClientReferenceId = request.ClientReferenceId ?? NullIfEmpty(order.ClientReferenceId),
            SuccessUrl = request.SuccessUrl ?? NullIfOwn(session?.SuccessUrl),
            CancelUrl = request.CancelUrl ?? NullIfOwn(session?.CancelUrl),
            CustomerEmail = request.CustomerEmail ?? (terms.IsForAgents("customer_email") ? session?.CustomerEmail : null),
            Locale = request.Locale ?? (terms.IsForAgents(SessionParameters.Locale) ? order.Locale : null),
            AllowPromotionCodes = request.AllowPromotionCodes
                || (session?.AllowPromotionCodes is true && terms.IsForAgents(SessionParameters.AllowPromotionCodes)),
            Metadata = request.Metadata.Count > 0 ? request.Metadata : CallersMetadata(session),
        };
    }

    /// <summary>The lines of the request; those of the order if the request has none, or only another quantity for a single one.</summary>
    private static (IReadOnlyList<CheckoutRequestLine> Lines, bool AreOld) Lines(CheckoutRequest request, Order order)
    {
        CheckoutRequestLine[] old = [.. order.LineItems.Select(Line)];
        return request.Lines switch
        {
            [] when old.Length > 0 => (old, true),
            [{ NamesNothing: true } changed] when old.Length == 1 =>
                ([old[0] with { Quantity = changed.Quantity, CallerRef = changed.CallerRef ?? old[0].CallerRef }], true),
            [] or [{ NamesNothing: true }] => throw new CheckoutException(
                CheckoutErrorCode.InvalidRequest,
                "line_items is missing. The replaced checkout does not have exactly one known line, so pass all lines that the new one shall have.",
                "line_items"),
            var given => (given, false),
        };
    }

    private static CheckoutRequestLine Line(OrderLine line) => new()
    {
        ProductName = line.IsNamedByCaller ? line.Name : null,
        PriceCents = line.IsNamedByCaller ? line.UnitAmount : null,
        ProductId = line.ProductId,
        PriceId = line.ProductId is null ? line.PriceId : null,
        Quantity = line.Quantity,
        CallerRef = line.CallerRef,
    };

    // Stripe knows what the ledger does not have: addresses, metadata and the buyer's e-mail address.
    private async Task<Session?> FindAsync(string sessionId, CancellationToken cancellationToken)
    {
        try
        {
            return await stripe.GetAsync(sessionId, cancellationToken);
        }
        catch (StripeFailure failure) when (failure.Code is CheckoutErrorCode.NotFound)
        {
            return null;
        }
        catch (StripeFailure failure)
        {
            throw StripeErrors.Explain(failure);
        }
    }

    private static SortedDictionary<string, string> CallersMetadata(Session? session) => new(
        (session?.Metadata ?? []).Where(pair => !CheckoutMetadata.Reserved.Contains(pair.Key)).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);

    // The new checkout has this server's own pages by default.
    private static string? NullIfOwn(string? address) => address is null || CheckoutRules.IsOwnPage(address) ? null : address;

    private static string? NullIfEmpty(string text) => text.Length > 0 ? text : null;
}
