using System.Text.Json.Serialization;
using CheckoutAspire.StripeSandbox.Faults;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary><c>/sandbox/faults</c>: faults to simulate, for tests and experiments.</summary>
internal static class FaultEndpoints
{
    private const int LongestDelaySeconds = 3600;
    private const int MaximumCount = 1000;

    public static void MapFaults(this IEndpointRouteBuilder control)
    {
        control.MapGet("/faults", static (FaultPlan faults) => faults.List().Select(FaultView.Of));
        control.MapPost("/faults", static (FaultRequest request, FaultPlan faults) => Add(request, faults));
        control.MapDelete("/faults", static (FaultPlan faults) => new { cleared = faults.Clear() });
        control.MapDelete("/faults/{id}", static (string id, FaultPlan faults) => faults.Clear(id) > 0
            ? Results.Json(new { cleared = 1 })
            : ControlEndpoints.Error(StatusCodes.Status404NotFound, $"There is no fault {id}. It has been used up or cleared."));
    }

    private static IResult Add(FaultRequest request, FaultPlan faults)
    {
        if (!Fault.TryParse(request.Kind, out var kind))
        {
            return Wrong($"`kind` must be one of {string.Join(", ", Fault.Names)}.");
        }

        if (request.Count is < 1 or > MaximumCount)
        {
            return Wrong($"`count` must be between 1 and {MaximumCount}.");
        }

        if (request.DelaySeconds is < 0 or > LongestDelaySeconds)
        {
            return Wrong($"`delay_seconds` must be between 0 and {LongestDelaySeconds}.");
        }

        if (Fault.AppliesToEvents(kind) ? (request.Method ?? request.Path) is not null : request.EventType is not null)
        {
            return Wrong(Fault.AppliesToEvents(kind)
                ? "A fault that applies to events is filtered by `event_type`, not by `method` or `path`."
                : "A fault that applies to requests is filtered by `method` and `path`, not by `event_type`.");
        }

        var delay = TimeSpan.FromSeconds(request.DelaySeconds ?? kind switch
        {
            FaultKind.EventDelayed => 10,
            FaultKind.EventReordered => 30,
            _ => 0,
        });
        var fault = faults.Add(new Fault("", kind, request.Count ?? 1, request.Method, request.Path, request.EventType, delay));
        return Results.Json(FaultView.Of(fault), statusCode: StatusCodes.Status201Created);

        static IResult Wrong(string sentence) => ControlEndpoints.Error(StatusCodes.Status400BadRequest, sentence);
    }

    private sealed record FaultRequest(
        string? Kind,
        int? Count,
        string? Method,
        string? Path,
        [property: JsonPropertyName("event_type")] string? EventType,
        [property: JsonPropertyName("delay_seconds")] double? DelaySeconds);
}

/// <summary>A fault as the control API returns it.</summary>
internal sealed record FaultView(
    string Id,
    string Kind,
    int Remaining,
    string? Method,
    string? Path,
    [property: JsonPropertyName("event_type")] string? EventType,
    [property: JsonPropertyName("delay_seconds")] double DelaySeconds)
{
    public static FaultView Of(Fault fault) => new(
        fault.Id, fault.Name, fault.Remaining, fault.Method, fault.Path, fault.EventType, fault.Delay.TotalSeconds);
}
