using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>
/// The five operations on a checkout. Drafts are changed by compare-and-set, so that two calls never both succeed on the same version; the losing
/// call reads again. A draft becomes one session, however often it is completed.
/// </summary>
internal sealed class UcpCheckouts(CheckoutDrafts drafts, DraftPricing pricing, DraftSale sale, CheckoutView view, TimeProvider time)
{
    private const int MaxAttempts = 5;

    // The protocol's default: https://ucp.dev/2026-04-08/schemas/shopping/checkout.json, expires_at.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(6);

    public async Task<UcpResponse> CreateAsync(Caller caller, RequestedCheckout requested, CancellationToken cancellationToken)
    {
        var priced = await pricing.PriceAsync(requested.Lines, cancellationToken);
        if (priced.Lines.Count == 0)
        {
            // There is nothing to sell, so no resource is created.
            return UcpResponse.Of(UcpVersion.Failure(
                UcpVersion.CheckoutCapability, [.. priced.Messages.Select(message => message with { Severity = UcpSeverity.Unrecoverable })]));
        }

        var draft = new CheckoutDraft
        {
            Id = CheckoutDraft.NewId(time),
            ExpiresAt = time.GetUtcNow() + s_lifetime,
            Phase = DraftPhase.Open,
            Currency = priced.Currency,
            Lines = priced.Lines,
            Buyer = requested.Buyer,
            Messages = priced.Messages,
        };
        await drafts.AddAsync(caller, draft);
        return UcpResponse.Of(view.Describe(draft, order: null));
    }

    public async Task<UcpResponse> GetAsync(Caller caller, string id) => await drafts.FindAsync(caller, id) is { Draft: var draft }
        ? UcpResponse.Of(view.Describe(draft, await view.OrderOfAsync(draft)))
        : NotFound();

    /// <param name="caller">The caller.</param>
    /// <param name="id">The checkout.</param>
    /// <param name="requested">The new lines and buyer.</param>
    /// <param name="mayCancel">Whether the caller may close a payment page, which an update does if there is one.</param>
    /// <param name="cancellationToken">Canceled with the call.</param>
    public Task<UcpResponse> UpdateAsync(Caller caller, string id, RequestedCheckout requested, bool mayCancel, CancellationToken cancellationToken) =>
        ChangeAsync(caller, id, async (read, order, status) =>
        {
            var reopens = CheckoutLifecycle.MayReopen(read.Draft, order, status);
            if (!reopens && !CheckoutLifecycle.MayUpdate(status))
            {
                return NotAllowed(read.Draft, order, status, "updated");
            }

            if (reopens && !mayCancel)
            {
                throw new CheckoutException(RejectionResults.InsufficientScope(CheckoutScope.Cancel));
            }

            var priced = await pricing.PriceAsync(requested.Lines, cancellationToken);
            if (priced.Lines.Count == 0)
            {
                return UcpResponse.Of(view.Describe(read.Draft, order, priced.Messages));
            }

            if (reopens)
            {
                return await ReopenAsync(caller, read, order, requested.Buyer, priced);
            }

            var changed = read.Draft with
            {
                Currency = priced.Currency,
                Lines = priced.Lines,
                Buyer = requested.Buyer,
                Messages = priced.Messages,
            };
            return await drafts.TryReplaceAsync(caller, read, changed) ? UcpResponse.Of(view.Describe(changed, order)) : null;
        });

    public Task<UcpResponse> CompleteAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        ChangeAsync(caller, id, async (read, order, status) =>
        {
            if (status is UcpCheckoutStatus.Canceled)
            {
                return NotAllowed(read.Draft, order, status, "completed");
            }

            if (read.Draft.SessionId is not null || status is UcpCheckoutStatus.Incomplete)
            {
                return UcpResponse.Of(view.Describe(read.Draft, order));
            }

            if (read.Draft.Phase is DraftPhase.Completing)
            {
                return await SellAsync(caller, read.Draft);
            }

            // Only prices that the platform has seen are sold. If one has changed, this call returns the new price and the next call sells.
            var priced = await pricing.PriceAsync([.. read.Draft.Lines.Select(line => new RequestedLine(line.Id, line.ItemId, line.Quantity, line.CallerRef))], cancellationToken);
            if (!priced.Lines.SequenceEqual(read.Draft.Lines) || priced.Messages.Count > 0)
            {
                return await RepriceAsync(caller, read, priced);
            }

            var completing = read.Draft with { Phase = DraftPhase.Completing };
            return await drafts.TryReplaceAsync(caller, read, completing) ? await SellAsync(caller, completing) : null;
        });

    public Task<UcpResponse> CancelAsync(Caller caller, string id) => ChangeAsync(caller, id, async (read, order, status) =>
    {
        if (status is UcpCheckoutStatus.Canceled)
        {
            return UcpResponse.Of(view.Describe(read.Draft, order));
        }

        if (!CheckoutLifecycle.MayCancel(read.Draft, status))
        {
            return NotAllowed(read.Draft, order, status, "canceled");
        }

        if (read.Draft.Phase is DraftPhase.Completing)
        {
            // If creation was interrupted, finish it first: a session that appears later could not be expired.
            var sessionId = read.Draft.SessionId ?? (await sale.SellAsync(caller, read.Draft)).SessionId;
            if (!await sale.TryExpireAsync(caller, sessionId))
            {
                return NotAllowed(read.Draft, order, UcpCheckoutStatus.CompleteInProgress, "canceled");
            }
        }

        var canceled = read.Draft with { Phase = DraftPhase.Canceled };
        return await drafts.TryReplaceAsync(caller, read, canceled) ? UcpResponse.Of(view.Describe(canceled, order)) : null;
    });

    /// <summary>Reads the checkout and changes it. A change returns null if another call was faster.</summary>
    private async Task<UcpResponse> ChangeAsync(
        Caller caller, string id, Func<StoredDraft, Order?, UcpCheckoutStatus, Task<UcpResponse?>> change)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await drafts.FindAsync(caller, id) is not { } read)
            {
                return NotFound();
            }

            var order = await view.OrderOfAsync(read.Draft);
            if (await change(read, order, view.StatusOf(read.Draft, order)) is { } answer)
            {
                return answer;
            }
        }

        throw UcpErrors.Contention();
    }

    /// <summary>Closes the payment page and opens the draft again, with other lines. The next completion sells it in a session that replaces the closed one.</summary>
    private async Task<UcpResponse?> ReopenAsync(Caller caller, StoredDraft read, Order? order, UcpBuyer? buyer, PricedLines priced)
    {
        if (!read.Draft.IsReopening)
        {
            // Noted first, so that a repeated call continues although the page is closed by then.
            return await drafts.TryReplaceAsync(caller, read, read.Draft with { IsReopening = true })
                ? await ReopenAsync(caller, new StoredDraft(read.Draft with { IsReopening = true }, read.Version + 1), order, buyer, priced)
                : null;
        }

        if (!await sale.TryExpireAsync(caller, read.Draft.SessionId!))
        {
            return NotAllowed(read.Draft, order, UcpCheckoutStatus.CompleteInProgress, "updated");
        }

        var reopened = read.Draft with
        {
            Phase = DraftPhase.Open,
            Currency = priced.Currency,
            Lines = priced.Lines,
            Buyer = buyer,
            Messages = priced.Messages,
            ExpiresAt = time.GetUtcNow() + s_lifetime,
            Revision = read.Draft.Revision + 1,
            Replaces = read.Draft.SessionId,
            SessionId = null,
            CheckoutUrl = null,
            IsReopening = false,
        };
        return await drafts.TryReplaceAsync(caller, read, reopened) ? UcpResponse.Of(view.Describe(reopened, order: null)) : null;
    }

    private async Task<UcpResponse?> RepriceAsync(Caller caller, StoredDraft read, PricedLines priced)
    {
        var changed = read.Draft with
        {
            Currency = priced.Lines.Count == 0 ? read.Draft.Currency : priced.Currency,
            Lines = priced.Lines.Count == 0 ? read.Draft.Lines : priced.Lines,
            Messages = priced.Messages,
        };
        return await drafts.TryReplaceAsync(caller, read, changed)
            ? UcpResponse.Of(view.Describe(
                changed,
                order: null,
                UcpMessage.Warning(
                    "price_changed", "The seller's catalog has changed. Check the lines and totals, and call complete_checkout again to buy at the new prices.", "$.line_items")))
            : null;
    }

    private async Task<UcpResponse> SellAsync(Caller caller, CheckoutDraft draft)
    {
        Func<CheckoutDraft, CheckoutDraft> record;
        try
        {
            var sold = await sale.SellAsync(caller, draft);
            record = current => current with { SessionId = sold.SessionId, CheckoutUrl = sold.CheckoutUrl, ExpiresAt = sold.ExpiresAt ?? current.ExpiresAt };
        }
        catch (CheckoutException rejected) when (UcpErrors.Of(rejected.Error) is null)
        {
            // Stripe or the seller's policy rejects the sale, so the checkout is open again for other lines.
            var path = rejected.Error.Param is { } param && param.StartsWith("line_items", StringComparison.Ordinal) ? "$." + param : null;
            var message = UcpMessage.Error(UcpErrors.CodeOf(rejected.Error), UcpSeverity.Recoverable, rejected.Error.Error, path);
            record = current => current with { Phase = DraftPhase.Open, Messages = [message] };
        }

        return await ChangeAsync(caller, draft.Id, async (read, _, _) =>
        {
            var recorded = read.Draft.SessionId is null ? record(read.Draft) : read.Draft;
            return recorded == read.Draft || await drafts.TryReplaceAsync(caller, read, recorded)
                ? UcpResponse.Of(view.Describe(recorded, await view.OrderOfAsync(recorded)))
                : null;
        });
    }

    private static UcpResponse NotFound() => UcpResponse.Of(UcpVersion.Failure(
        UcpVersion.CheckoutCapability, UcpMessage.Error("not_found", UcpSeverity.Unrecoverable, "There is no checkout with this id.", "$.id")));

    private UcpResponse NotAllowed(CheckoutDraft draft, Order? order, UcpCheckoutStatus status, string operation)
    {
        var reason = status switch
        {
            UcpCheckoutStatus.Completed => "it is paid",
            UcpCheckoutStatus.Canceled => "it is canceled or expired",
            UcpCheckoutStatus.RequiresEscalation => "the buyer has the payment page. Cancel it and create another checkout",
            _ => "the buyer has completed the payment page",
        };
        return UcpResponse.Of(UcpVersion.Failure(
            UcpVersion.CheckoutCapability,
            UcpMessage.Error("not_allowed", UcpSeverity.Unrecoverable, $"This checkout cannot be {operation} any more, because {reason}.")) with
        {
            ContinueUrl = view.Describe(draft, order).ContinueUrl,
        });
    }
}
