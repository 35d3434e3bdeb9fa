using System.Diagnostics;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Policy;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Values;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Requests;
using CheckoutAspire.Orders.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>The rules that a schema cannot express: turns a request into a sale, or rejects it.</summary>
internal sealed class CheckoutRules(
    IOptions<StripeOptions> stripe,
    IOptions<OriginOptions> app,
    SaleLines saleLines,
    PricePolicy policy,
    Ownership ownership,
    RedirectOrigins origins,
    SessionTerms terms,
    ReplacementDefaults replacement,
    TimeProvider time)
{
    private const int MaxMetadataValue = 500;

    // {CHECKOUT_SESSION_ID} is Stripe's placeholder: https://docs.stripe.com/payments/checkout/custom-success-page
    private const string SuccessPath = "/checkout/success?session_id={CHECKOUT_SESSION_ID}";
    private const string CancelPath = "/checkout/cancel?session_id={CHECKOUT_SESSION_ID}";

    // Long enough for a model that repeats its call at once, and too short for a second buyer of the same product.
    private static readonly TimeSpan s_derivedLifetime = TimeSpan.FromSeconds(30);

    /// <summary>The sale for a request.</summary>
    /// <exception cref="CheckoutException">The request breaks a rule.</exception>
    public async Task<Sale> ApplyAsync(CheckoutRequest request, Caller caller, CancellationToken cancellationToken)
    {
        // A repeated call has the same arguments, whatever they leave out.
        var (digest, given) = (ArgumentsDigest.Of(request), request);
        request = await replacement.ApplyAsync(request, caller, cancellationToken);
        var lines = await saleLines.ResolveAsync(request, cancellationToken);
        CallRules.Note(
        [
            .. policy.RulesOf(lines.FirstOrDefault(line => line.Currency is not null)?.Currency, request.BuyerRef is not null),
            .. lines.Where(line => line.MaxQuantity is not null).Select(line => $"max_quantity={line.MaxQuantity} of {line.Group}").Distinct(StringComparer.Ordinal),
        ]);
        var mode = CheckMode(request, lines);
        var (promotionCodes, parameters) = terms.Of(request, lines, mode);
        var owner = ownership.Of(caller);
        var keyed = request.IdempotencyKey is { } key ? OrderRef.Of(stripe.Value.Deployment, owner, key) : null;
        var orderRef = request.OrderRef ?? keyed ?? OrderRef.New(time);
        var buyer = request.BuyerRef is { } buyerRef ? ownership.Of(caller, buyerRef) : null;
        var now = time.GetUtcNow();
        return new Sale
        {
            Caller = caller,
            Digest = digest,
            IsKeyDerived = keyed is null,
            Key = KeyOf(given, digest, owner, keyed, orderRef) with { Buyer = buyer },
            BuyerRef = request.BuyerRef,
            Capped = lines.FirstOrDefault(line => line.Currency is not null)?.Currency is { } currency
                ? policy.Cap(lines.Sum(line => line.Amount() ?? 0), currency)
                : null,
            Request = new SessionRequest
            {
                OrderRef = orderRef,
                Replaces = request.Replaces,
                WrittenAt = now,
                Mode = mode,
                Lines = lines,
                ExpandsLines = true,
                // Without it Stripe presents a Price with several currencies in the buyer's. Lines with an amount of their own have a currency of their own.
                Currency = lines.Any(line => line.PriceId is not null)
                    ? request.Currency ?? lines.FirstOrDefault(line => line.Currency is not null)?.Currency
                    : null,
                AllowPromotionCodes = promotionCodes,
                Parameters = parameters,
                SuccessUrl = request.SuccessUrl is { } success ? origins.Check(success, "success_url") : app.Value.AppOrigin + SuccessPath,
                CancelUrl = request.CancelUrl is { } cancel ? origins.Check(cancel, "cancel_url") : app.Value.AppOrigin + CancelPath,
                ExpiresAt = now.AddMinutes(request.ExpiresInMinutes),
                ClientReferenceId = request.ClientReferenceId,
                CustomerEmail = request.CustomerEmail,
                Metadata = Metadata(request, lines, orderRef, owner),
            },
        };
    }

    /// <summary>Whether an address of a session is that of this server's own page.</summary>
    public static bool IsOwnPage(string address) =>
        address.EndsWith(SuccessPath, StringComparison.Ordinal) || address.EndsWith(CancelPath, StringComparison.Ordinal);

    private static RequestKey KeyOf(CheckoutRequest request, string digest, string owner, string? keyed, string orderRef) => request switch
    {
        _ when keyed is not null => new RequestKey(owner, keyed, RequestKey.Retention),
        // A checkout is replaced once, so that a repeated call is recognized without a key.
        { Replaces: { } replaced } => new RequestKey(owner, "replaces-" + replaced, RequestKey.Retention),
        _ when ArgumentsDigest.OfRepetition(request, digest) is { } repetition => new RequestKey(owner, "derived-" + repetition, s_derivedLifetime),
        _ => new RequestKey(owner, "single-" + orderRef, s_derivedLifetime),
    };

    private static string CheckMode(CheckoutRequest request, IReadOnlyList<SaleLine> lines)
    {
        var recurring = lines.Any(line => line.Recurring is not null);
        if (recurring && request.Mode == CheckoutMode.Payment)
        {
            throw Invalid("mode must be subscription or omitted, because a recurring product is sold.", "mode");
        }

        // Whether a Price recurs that was not looked up is checked by Stripe.
        if (request.Mode == CheckoutMode.Subscription && !recurring && !lines.Any(line => line is { PriceId: not null, UnitAmount: null }))
        {
            throw lines.All(line => line.UnitAmount is not null && line.PriceId is null) && !request.IsList
                ? Invalid("price_id is missing. Mode subscription needs a recurring Stripe Price or a recurring product of the catalog.", "price_id")
                : Invalid("mode must be payment, because no recurring product is sold.", "mode");
        }

        return request.Mode ?? (recurring ? CheckoutMode.Subscription : CheckoutMode.Payment);
    }

    private Dictionary<string, string> Metadata(CheckoutRequest request, IReadOnlyList<SaleLine> lines, string orderRef, string owner)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [CheckoutMetadata.Source] = CheckoutMetadata.SourceValue,
            [CheckoutMetadata.Deployment] = stripe.Value.Deployment,
            [CheckoutMetadata.OrderRef] = orderRef,
            [CheckoutMetadata.Owner] = owner,
        };
        // Where only Stripe knows an amount, the request in the ledger is the proof.
        if (lines.All(line => line.Amount() is not null) && lines[0].Currency is { } currency)
        {
            metadata[CheckoutMetadata.Seal] = SaleSeal.Of(
                stripe.Value.SecretKey, orderRef, owner, lines.Sum(line => line.Amount() ?? 0), currency,
                [.. lines.Select(line => new SealedLine(line.PriceId, line.Quantity, line.UnitAmount ?? 0))]);
        }

        // Lists as many products of the catalog as fit, whose ids have no commas; the ledger has every line.
        var products = string.Join(',', lines.Select(line => line.ProductId).OfType<string>().Distinct(StringComparer.Ordinal));
        if (products.Length > 0)
        {
            metadata[CheckoutMetadata.ProductId] =
                products.Length <= MaxMetadataValue ? products : products[..products.LastIndexOf(',', MaxMetadataValue)];
        }

        // The tool call's span, so that payment and fulfillment are in its trace.
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C, Id: { } traceparent })
        {
            metadata[CheckoutMetadata.Traceparent] = traceparent;
        }

        foreach (var (name, value) in request.Metadata)
        {
            if (CheckoutMetadata.Reserved.Contains(name))
            {
                throw Invalid($"metadata has the key {name}, which is reserved for the server. Choose another key.", "metadata");
            }

            // Stripe interprets an empty value as the removal of the key.
            if (value.Length > 0)
            {
                metadata[name] = value;
            }
        }

        return metadata;
    }

    private static CheckoutException Invalid(string error, string param) => new(CheckoutErrorCode.InvalidRequest, error, param);
}
