using System.Text.Json.Nodes;
using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.McpApi.Stripe;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>What a session asks the buyer: the seller's template, what the products add to it, and what the caller may choose.</summary>
internal sealed class SessionTerms(IOptions<SessionTemplateOptions> options)
{
    /// <summary>Whether callers may set a parameter.</summary>
    public bool IsForAgents(string parameter) => options.Value.AgentParameters.Contains(parameter);

    /// <summary>Whether the buyer may enter a promotion code, and the other parameters of the session.</summary>
    /// <exception cref="CheckoutException">The caller set what it may not set, or two products cannot be sold in one session.</exception>
    public (bool AllowPromotionCodes, JsonObject? Parameters) Of(CheckoutRequest request, IReadOnlyList<SaleLine> lines, string mode)
    {
        var sellers = options.Value.Template.Add(Additions(lines));
        if (request.AllowPromotionCodes && !(sellers.AllowsPromotionCodes ?? IsForAgents(SessionParameters.AllowPromotionCodes)))
        {
            throw Refused(SessionParameters.AllowPromotionCodes);
        }

        if (request.CustomerEmail is not null && !IsForAgents("customer_email"))
        {
            throw Refused("customer_email");
        }

        if (request.Locale is not null && !IsForAgents(SessionParameters.Locale))
        {
            throw Refused(SessionParameters.Locale);
        }

        return (sellers.AllowsPromotionCodes ?? request.AllowPromotionCodes, sellers.In(request.Locale is { } locale ? LocaleOf(locale) : null).For(mode));
    }

    /// <summary>The parameters of a session in which one product is sold.</summary>
    public JsonObject? Of(SessionParameters? product, string mode) => options.Value.Template.Add(product).For(mode);

    private static SessionParameters? Additions(IReadOnlyList<SaleLine> lines)
    {
        SessionParameters? all = null;
        foreach (var session in lines.Select(line => line.Session).OfType<SessionParameters>().Distinct())
        {
            if (all?.ConflictWith(session) is { } conflict)
            {
                throw new CheckoutException(
                    CheckoutErrorCode.InvalidRequest,
                    $"line_items has products that are not sold together, because the seller set different values of {conflict} for them. "
                    + "Sell them in separate checkouts.",
                    "line_items");
            }

            all = (all ?? SessionParameters.None).Add(session);
        }

        return all;
    }

    // Stripe has en-GB and fr-CA, and no en-US or de-AT.
    private static string LocaleOf(string asked) =>
        ParameterTypes.Locales.FirstOrDefault(locale => locale.Equals(asked, StringComparison.OrdinalIgnoreCase))
        ?? ParameterTypes.Locales.FirstOrDefault(locale => locale.Equals(asked.Split('-', '_')[0], StringComparison.OrdinalIgnoreCase))
        ?? throw new CheckoutException(
            CheckoutErrorCode.InvalidRequest, "locale must be a language of Stripe's payment page, for example de, en-GB or ja.", SessionParameters.Locale);

    private static CheckoutException Refused(string parameter) =>
        new(CheckoutErrorCode.InvalidRequest, $"{parameter} is for the seller to decide here. Omit it.", parameter);
}
