using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using CheckoutAspire.StripeSandbox.Webhooks;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>
/// <c>POST /sandbox/events</c>: records and delivers an event with any content, for cases that no operation of the sandbox leads to, for example
/// an event of a connected account or an object with a status that Stripe adds later.
/// </summary>
internal static class EventInjection
{
    public static IResult Emit(EventRequest request, SandboxStore store)
    {
        if (request.Type is not { } type || !EndpointParameters.IsEventType(type))
        {
            return Wrong("`type` must be an event type, for example checkout.session.completed.");
        }

        if (request.Object is not { } content || content["id"] is not JsonValue id || !id.TryGetValue<string>(out var objectId))
        {
            return Wrong("`object` must be an object with an `id`.");
        }

        var recorded = store.Transact(null, transaction => transaction.Emit(new SandboxEvent
        {
            Id = Identifiers.New("evt_1"),
            Type = type,
            Created = transaction.Now,
            ObjectId = objectId,
            Object = RawJson.Of(content),
            Account = request.Account,
        }));
        return Results.Json(new { id = recorded.Id }, statusCode: StatusCodes.Status201Created);

        static IResult Wrong(string sentence) => ControlEndpoints.Error(StatusCodes.Status400BadRequest, sentence);
    }
}

/// <summary>The event to record.</summary>
/// <param name="Type">The event's type.</param>
/// <param name="Object">The content of <c>data.object</c>.</param>
/// <param name="Account">The connected account; null for the merchant's own account.</param>
internal sealed record EventRequest(string? Type, JsonObject? Object, string? Account);
