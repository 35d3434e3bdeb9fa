using CheckoutAspire.StripeSandbox.HostedPage;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary><c>/sandbox</c>: a page and an API that show the newest objects, events and deliveries, and act as buyers, banks and the network.</summary>
internal static class ControlEndpoints
{
    public static void MapControls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", static () => PageEndpoints.Html(Texts.English.Fill("control.html"))).AddEndpointFilter(PageEndpoints.SecureAsync);
        var control = endpoints.MapGroup("/sandbox").AddEndpointFilter(SameOrigin.CheckAsync).AddEndpointFilter(PageEndpoints.SecureAsync);
        control.MapGet("", static () => PageEndpoints.Html(Texts.English.Fill("control.html")));
        control.MapGet("/state", static (ControlPage page) => page.State());
        control.MapPost("/sessions/{id}/currency/{currency}", static (string id, string currency, SessionControls sessions) =>
            sessions.Localize(id, currency));
        control.MapPost("/sessions/{id}/pay", static (string id, PayOptions? options, SessionControls sessions) => sessions.Pay(id, options));
        control.MapPost("/sessions/{id}/{action}", static (string id, string action, SessionControls sessions) => sessions.Do(id, action));
        control.MapPost("/subscriptions/{id}/{action}", static (string id, string action, SubscriptionControls subscriptions) =>
            subscriptions.Do(id, action));
        control.MapPost("/refunds/{id}/{action}", static (string id, string action, RefundControls refunds) => refunds.Do(id, action));
        control.MapPost("/disputes/{id}/{action}", static (string id, string action, DisputeControls disputes) => disputes.Do(id, action));
        control.MapPost("/events", static (EventRequest request, SandboxStore store) => EventInjection.Emit(request, store));
        control.MapPost("/events/{id}/resend", static (string id, SandboxStore store, WebhookQueue webhooks) => Resend(id, store, webhooks));
        control.MapFaults();
    }

    /// <summary>An error response: <c>{"error":"…"}</c>.</summary>
    public static IResult Error(int status, string sentence) => Results.Json(new { error = sentence }, statusCode: status);

    private static IResult Resend(string id, SandboxStore store, WebhookQueue webhooks)
    {
        var (isKnown, sent) = store.Transact(null, transaction =>
        {
            if (!transaction.TryFind<SandboxEvent>(id, out var recorded))
            {
                return (false, 0);
            }

            var endpoints = transaction.NewestFirst<StoredEndpoint>().Where(endpoint => endpoint.Takes(recorded.Type)).ToList();
            endpoints.ForEach(endpoint => WebhookDispatch.Send(transaction, recorded, endpoint));
            return (true, endpoints.Count);
        });
        webhooks.Wake();
        return !isKnown ? Error(StatusCodes.Status404NotFound, $"There is no event {id}.")
            : sent == 0 ? Error(StatusCodes.Status409Conflict, "No webhook endpoint takes this event. Set SANDBOX_WEBHOOK_URL, or create an endpoint.")
            : Results.Json(new { sent });
    }
}
