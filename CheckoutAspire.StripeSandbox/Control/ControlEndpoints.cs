using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.HostedPage;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary><c>/sandbox</c>: what Stripe's Dashboard would show, and what only a sandbox can do.</summary>
internal static class ControlEndpoints
{
    public static void MapControls(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", static () => Results.Redirect("/sandbox"));
        var control = endpoints.MapGroup("/sandbox").AddEndpointFilter(SameOrigin.CheckAsync).AddEndpointFilter(PageEndpoints.SecureAsync);
        control.MapGet("", static () => PageEndpoints.Html(Assets.Fill("control.html")));
        control.MapGet("/state", static (SandboxStore store, FaultPlan faults) =>
            store.Transact(null, transaction => ControlState.Of(transaction, faults)));
        control.MapPost("/sessions/{id}/{action}", static (string id, string action, SessionControls sessions) => sessions.Do(id, action));
        control.MapPost("/events/{id}/resend", static (string id, SandboxStore store, WebhookQueue webhooks) => Resend(id, store, webhooks));
        control.MapFaults();
    }

    /// <summary>A refusal in one sentence.</summary>
    public static IResult Refuse(int status, string sentence) => Results.Json(new { error = sentence }, statusCode: status);

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
        return !isKnown ? Refuse(StatusCodes.Status404NotFound, $"There is no event {id}.")
            : sent == 0 ? Refuse(StatusCodes.Status409Conflict, "No webhook endpoint takes this event: set SANDBOX_WEBHOOK_URL, or make an endpoint.")
            : Results.Json(new { sent });
    }
}
