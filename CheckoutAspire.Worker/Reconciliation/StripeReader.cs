using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Stripe;
using CheckoutAspire.Orders.Transitions;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Reconciliation;

/// <summary>
/// The workers' calls of Stripe's API, at a rate that leaves the rest of the account's limit to the tool calls
/// (<see href="https://docs.stripe.com/rate-limits"/>: 25 requests a second in a sandbox). All workers share the rate, which is counted in
/// Redis. Reconciliation uses at most half of that rate, so
/// that an event for which the worker must ask Stripe does not wait for a long list.
/// </summary>
/// <remarks>Throws <see cref="StripeException"/>, and what Redis throws when it does not answer. Its own HTTP client is outside the services' default resilience handler.</remarks>
internal sealed class StripeReader : IDisposable
{
    private const int MaxRateLimitedTries = 6;
    private const int PageSize = 100;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };
    private readonly StripeBudget _budget;
    private readonly int _perSecond;
    private readonly TimeProvider _time;
    private readonly StripeClient _client;
    private readonly SessionService _sessions;
    private readonly SessionLineItemService _lines;
    private readonly InvoiceService _invoices;
    private readonly InvoiceLineItemService _invoiceLines;
    private readonly InvoicePaymentService _invoicePayments;
    private readonly SubscriptionService _subscriptions;

    public StripeReader(IOptions<StripeOptions> options, IOptions<WorkerOptions> worker, StripeBudget budget, TimeProvider time)
    {
        _time = time;
        _budget = budget;
        _perSecond = worker.Value.StripeRequestsPerSecond;
        _client = options.Value.CreateClient(_http);
        _sessions = new SessionService(_client);
        _lines = new SessionLineItemService(_client);
        _invoices = new InvoiceService(_client);
        _invoiceLines = new InvoiceLineItemService(_client);
        _invoicePayments = new InvoicePaymentService(_client);
        _subscriptions = new SubscriptionService(_client);
    }

    /// <summary>A page of a list for reconciliation: what was created in the window, newest first.</summary>
    /// <param name="path">The list's path and its own parameters, for example <c>/v1/refunds?expand[]=data.payment_intent</c>.</param>
    /// <param name="window">What is read.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public Task<JsonObject> ListAsync(string path, ListWindow window, CancellationToken cancellationToken) => GetJsonAsync(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit={PageSize}&created[gte]={window.Since.ToUnixTimeSeconds()}"
            + $"&created[lte]={window.Until.ToUnixTimeSeconds()}{(window.After.Length == 0 ? "" : "&starting_after=" + Uri.EscapeDataString(window.After))}"),
        cancellationToken);

    /// <summary>An object as Stripe's API returns it, for reconciliation.</summary>
    /// <exception cref="JsonException">The answer is not a JSON object.</exception>
    public async Task<JsonObject> GetJsonAsync(string path, CancellationToken cancellationToken)
    {
        await WaitForShareAsync("reconciliation", _perSecond / 2, cancellationToken);
        var response = await SendAsync(() => _client.RawRequestAsync(HttpMethod.Get, path, cancellationToken: cancellationToken), cancellationToken);
        return JsonNode.Parse(response.Content) as JsonObject ?? throw new JsonException("Stripe's answer is not an object.");
    }

    /// <summary>The session of a payment intent, or null.</summary>
    public async Task<Session?> FindByPaymentIntentAsync(string paymentIntent, CancellationToken cancellationToken) =>
        (await SendAsync(() => _sessions.ListAsync(
            new SessionListOptions { PaymentIntent = paymentIntent, Limit = 1 },
            cancellationToken: cancellationToken), cancellationToken)).Data.FirstOrDefault();

    /// <summary>The session that began a subscription, or null.</summary>
    public async Task<Session?> FindBySubscriptionAsync(string subscription, CancellationToken cancellationToken) =>
        (await SendAsync(() => _sessions.ListAsync(
            new SessionListOptions { Subscription = subscription, Limit = 1 },
            cancellationToken: cancellationToken), cancellationToken)).Data.FirstOrDefault();

    /// <summary>A subscription.</summary>
    public Task<Subscription> GetSubscriptionAsync(string subscription, CancellationToken cancellationToken) =>
        SendAsync(() => _subscriptions.GetAsync(subscription, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>The lines of a session, of which Stripe allows at most 100.</summary>
    public async Task<IReadOnlyList<LineItem>> ListLinesAsync(string sessionId, CancellationToken cancellationToken) =>
        (await SendAsync(() => _lines.ListAsync(
            sessionId, new SessionLineItemListOptions { Limit = PageSize }, cancellationToken: cancellationToken), cancellationToken)).Data;

    /// <summary>The price of one unit of a line before discounts and tax, in minor units.</summary>
    public static long UnitAmountOf(LineItem line) => line.Quantity is > 0 and var units ? line.AmountSubtotal / units : 0;

    /// <summary>The invoice that a payment intent paid, or null.</summary>
    public async Task<Invoice?> FindInvoiceAsync(string paymentIntent, CancellationToken cancellationToken)
    {
        try
        {
            var payments = await SendAsync(() => _invoicePayments.ListAsync(
                new InvoicePaymentListOptions
                {
                    Payment = new InvoicePaymentPaymentOptions { Type = "payment_intent", PaymentIntent = paymentIntent },
                    Limit = 1,
                },
                cancellationToken: cancellationToken), cancellationToken);
            return payments.Data.FirstOrDefault() is { } payment
                ? await SendAsync(() => _invoices.GetAsync(payment.InvoiceId, cancellationToken: cancellationToken), cancellationToken)
                : null;
        }
        catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>A session.</summary>
    public Task<Session> GetAsync(string sessionId, CancellationToken cancellationToken) =>
        SendAsync(() => _sessions.GetAsync(sessionId, cancellationToken: cancellationToken), cancellationToken);

    /// <summary>A session with all its lines and the shipping rate that the buyer chose.</summary>
    public async Task<Session> GetWithLinesAsync(string sessionId, CancellationToken cancellationToken)
    {
        var session = await SendAsync(() => _sessions.GetAsync(
            sessionId, new SessionGetOptions { Expand = ["line_items", "shipping_cost.shipping_rate"] }, cancellationToken: cancellationToken), cancellationToken);
        if (session.LineItems is null or { HasMore: true })
        {
            // Stripe expands ten lines, and allows 100 in a session.
            session.LineItems = await SendAsync(() => _lines.ListAsync(
                sessionId, new SessionLineItemListOptions { Limit = PageSize }, cancellationToken: cancellationToken), cancellationToken);
        }

        return session;
    }

    /// <summary>An invoice with all its lines and its shipping rate.</summary>
    public async Task<Invoice> GetInvoiceWithLinesAsync(string invoiceId, CancellationToken cancellationToken)
    {
        var invoice = await SendAsync(() => _invoices.GetAsync(
            invoiceId, new InvoiceGetOptions { Expand = ["shipping_cost.shipping_rate"] }, cancellationToken: cancellationToken), cancellationToken);
        var lines = new List<InvoiceLineItem>(invoice.Lines?.Data ?? []);
        for (var page = invoice.Lines; page is null or { HasMore: true };)
        {
            page = await SendAsync(() => _invoiceLines.ListAsync(
                invoiceId, new InvoiceLineItemListOptions { Limit = PageSize, StartingAfter = lines.LastOrDefault()?.Id }, cancellationToken: cancellationToken), cancellationToken);
            lines.AddRange(page.Data);
        }

        invoice.Lines = new StripeList<InvoiceLineItem> { Data = lines };
        return invoice;
    }

    /// <summary>When an order was fulfilled according to the witness in the metadata of its session, or of its renewal's invoice; null without a witness.</summary>
    public async Task<DateTimeOffset?> FindWitnessAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var metadata = IsInvoice(id)
                ? (await SendAsync(() => _invoices.GetAsync(id, cancellationToken: cancellationToken), cancellationToken)).Metadata
                : (await GetAsync(id, cancellationToken)).Metadata;
            return metadata is not null && metadata.TryGetValue(CheckoutMetadata.FulfilledAt, out var witness)
                && DateTimeOffset.TryParse(witness, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;
        }
        catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Writes the witness: when the order was fulfilled.</summary>
    public Task WriteWitnessAsync(string id, DateTimeOffset fulfilledAt, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string> { [CheckoutMetadata.FulfilledAt] = fulfilledAt.ToString("O") };
        return IsInvoice(id)
            ? SendAsync(() => _invoices.UpdateAsync(id, new InvoiceUpdateOptions { Metadata = metadata }, cancellationToken: cancellationToken), cancellationToken)
            : SendAsync(() => _sessions.UpdateAsync(id, new SessionUpdateOptions { Metadata = metadata }, cancellationToken: cancellationToken), cancellationToken);
    }

    /// <summary>Whether Stripe refuses a request for good: not for its rate, a conflict, or a key that may be corrected.</summary>
    public static bool IsPermanent(StripeException exception) =>
        (int)exception.HttpStatusCode is >= 400 and < 500 and not (401 or 408 or 409 or 425 or 429);

    /// <summary>The cause of a failure for a log: Stripe's code and status, never its text, which may quote a request.</summary>
    public static string Describe(Exception exception) => exception is StripeException stripe
        ? $"{(int)stripe.HttpStatusCode} {stripe.StripeError?.Code ?? stripe.StripeError?.Type ?? stripe.InnerException?.GetType().Name}"
        : exception.GetType().Name;

    public void Dispose()
    {
        _http.Dispose();
    }

    private async Task WaitForShareAsync(string share, int perSecond, CancellationToken cancellationToken)
    {
        if (await _budget.ReserveAsync(share, perSecond) is { Ticks: > 0 } wait)
        {
            // By real time, as Redis counts the rate.
            await Task.Delay(wait, TimeProvider.System, cancellationToken);
        }
    }

    private static bool IsInvoice(string id) => id.StartsWith("in_", StringComparison.Ordinal);

    /// <summary>Stripe.net never retries a 429. This does, with exponential backoff.</summary>
    private async Task<T> SendAsync<T>(Func<Task<T>> send, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await WaitForShareAsync("all", _perSecond, cancellationToken);
            try
            {
                // Stripe.net's delay before a retry is not canceled: without this a worker that stops would wait for it.
                return await send().WaitAsync(cancellationToken);
            }
            catch (StripeException exception) when (exception.HttpStatusCode is HttpStatusCode.TooManyRequests && attempt < MaxRateLimitedTries)
            {
                var seconds = Math.Pow(2, attempt - 1) * (0.5 + (Random.Shared.NextDouble() / 2));
                await Task.Delay(TimeSpan.FromSeconds(seconds), _time, cancellationToken);
            }
        }
    }
}
