using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary><c>/v1/subscriptions</c>: the subscriptions that Checkout created.</summary>
/// <remarks><see href="https://docs.stripe.com/api/subscriptions"/></remarks>
internal static class SubscriptionEndpoints
{
    private const string Kind = "subscription";
    private const string Path = "/subscriptions";

    public static void MapSubscriptions(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<Subscription>(Path, Kind);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}", Update);
        api.MapOperation(HttpMethods.Delete, $"{Path}/{{id}}", Cancel);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<SubscriptionListOptions>();
        UnsupportedParameters.Check(
            call.Form, new HashSet<string> { "created", "customer", "ending_before", "expand", "limit", "price", "starting_after", "status" });
        ParameterRules.OneOf(
            options.Status, "status", "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid");
        return call.RenderPage(
            call.Transaction.NewestFirst<Subscription>().Where(subscription =>
                Pagination.Admits(options.Created, subscription.Created)
                && (options.Customer is null || subscription.CustomerId == options.Customer)
                && (options.Price is null || subscription.Items.Data.Exists(item => item.Price.Id == options.Price))
                && HasStatus(subscription, options.Status)),
            options,
            Kind,
            "/v1" + Path);
    }

    /// <summary>Without a status, Stripe lists every subscription that has not been canceled.</summary>
    private static bool HasStatus(Subscription subscription, string? status) => status switch
    {
        null => subscription.Status != "canceled",
        "all" => true,
        "ended" => Cancellation.HasEnded(subscription),
        _ => subscription.Status == status,
    };

    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<SubscriptionUpdateOptions>();
        UnsupportedParameters.Check(
            call.Form, new HashSet<string> { "cancel_at_period_end", "cancellation_details[comment]", "cancellation_details[feedback]", "expand", "metadata" });
        ParameterRules.Metadata(options.Metadata, "metadata");
        var subscription = Find(call);
        var merged = ParameterRules.Merge(subscription.Metadata, options.Metadata);
        ParameterRules.Metadata(merged, "metadata");
        var previous = new { cancel_at_period_end = subscription.CancelAtPeriodEnd, metadata = subscription.Metadata };
        subscription.Metadata = merged;
        Describe(subscription, options.CancellationDetails);
        if (options.CancelAtPeriodEnd is { } atEnd && atEnd != subscription.CancelAtPeriodEnd)
        {
            subscription.CancelAtPeriodEnd = atEnd;
            subscription.CancelAt = atEnd ? subscription.Items.Data[0].CurrentPeriodEnd : null;
            subscription.CanceledAt = atEnd ? call.Transaction.Now : null;
            subscription.CancellationDetails.Reason = atEnd ? Cancellation.Requested : null;
        }

        call.Transaction.Emit("customer.subscription.updated", call.Transaction.Save(subscription), previous);
        return call.Render(subscription, options);
    }

    private static JsonObject Cancel(ApiCall call)
    {
        var options = call.Bind<SubscriptionCancelOptions>();
        UnsupportedParameters.Check(
            call.Form, new HashSet<string> { "cancellation_details[comment]", "cancellation_details[feedback]", "expand" });
        var subscription = Find(call);
        subscription.CancellationDetails.Reason = Cancellation.Requested;
        Describe(subscription, options.CancellationDetails);
        Cancellation.End(call.Transaction, subscription);
        return call.Render(subscription, options);
    }

    private static Subscription Find(ApiCall call)
    {
        var subscription = call.Find<Subscription>(Kind);
        return Cancellation.HasEnded(subscription) ? throw ApiErrors.NoSuchObject(Kind, subscription.Id) : subscription;
    }

    private static void Describe(Subscription subscription, SubscriptionCancellationDetailsOptions? details)
    {
        subscription.CancellationDetails.Comment = details?.Comment ?? subscription.CancellationDetails.Comment;
        subscription.CancellationDetails.Feedback = details?.Feedback ?? subscription.CancellationDetails.Feedback;
    }
}
