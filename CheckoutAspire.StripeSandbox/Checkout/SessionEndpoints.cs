using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Checkout;

/// <summary><c>/v1/checkout/sessions</c>.</summary>
internal static class SessionEndpoints
{
    private const string Kind = "checkout.session";
    private const string Path = "/checkout/sessions";

    public static void MapCheckoutSessions(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, Path, Create);
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<Session>(Path, Kind);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}", Update);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}/expire", Expire);
        api.MapOperation(HttpMethods.Get, $"{Path}/{{id}}/line_items", LineItems);
    }

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<SessionParameters>();
        UnsupportedParameters.Check(call.Form, SessionParameters.Simulated);
        return call.Render(SessionCreation.Create(call.Transaction, options, call.BaseUrl), options);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<SessionListOptions>();
        ParameterRules.OneOf(options.Status, "status", "complete", "expired", "open");
        var sessions = call.Transaction.NewestFirst<Session>().Where(session =>
            Pagination.Admits(options.Created, session.Created)
            && (options.Status is null || session.Status == options.Status)
            && (options.Customer is null || session.CustomerId == options.Customer)
            && (options.PaymentIntent is null || session.PaymentIntentId == options.PaymentIntent)
            && (options.Subscription is null || session.SubscriptionId == options.Subscription)
            && (options.PaymentLink is null || session.PaymentLinkId == options.PaymentLink)
            && (options.CustomerDetails?.Email is not { } email || session.CustomerDetails?.Email == email));
        return Expansion.Expand(
            call.Transaction, Pagination.Page(sessions, options, Kind, "/v1" + Path, StripeJson.ToJson), options.Expand);
    }

    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<SessionUpdateOptions>();
        UnsupportedParameters.Check(call.Form, new HashSet<string> { "metadata", "expand" });
        ParameterRules.Metadata(options.Metadata, "metadata");
        var session = call.Find<Session>(Kind);
        var merged = ParameterRules.Merge(session.Metadata, options.Metadata);
        ParameterRules.Metadata(merged, "metadata");
        session.Metadata = merged;
        return call.Render(call.Transaction.Save(session), options);
    }

    private static JsonObject Expire(ApiCall call)
    {
        var options = call.Bind<SessionExpireOptions>();
        var session = call.Find<Session>(Kind);
        if (session.Status != "open")
        {
            throw ApiErrors.Invalid(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of "
                + $"`{session.Status}`.");
        }

        SessionExpiry.Expire(call.Transaction, session);
        return call.Render(session, options);
    }

    private static JsonObject LineItems(ApiCall call)
    {
        var options = call.Bind<SessionLineItemListOptions>();
        var session = call.Find<Session>(Kind);
        var lines = call.Transaction.Get<CheckoutTerms>(session.Id).LineItems;
        return Expansion.Expand(
            call.Transaction,
            Pagination.Page(lines, options, "line item", $"/v1{Path}/{session.Id}/line_items", StripeJson.ToJson),
            options.Expand);
    }
}
