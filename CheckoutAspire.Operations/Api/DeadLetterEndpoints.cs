using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CheckoutAspire.Operations.Api;

/// <summary>The dead letters: a page of them, and what to do about one, or about all that have a reason and an age in common.</summary>
internal static class DeadLetterEndpoints
{
    private const int BulkSize = 1000;
    private const int LargestBulk = 10_000;

    public static void MapDeadLetters(this IEndpointRouteBuilder ops)
    {
        ops.MapGet("/dead", async (DeadLetters dead, string? after, int? limit, string? matching, DateTimeOffset? since, DateTimeOffset? before) =>
        {
            var page = await dead.ListAsync(new DeadLetterFilter(matching, since, before), after, OpsEndpoints.SizeOf(limit));
            return new OpsEndpoints.Listed<DeadLetter>(page.Items, page.Next);
        });
        ops.MapPost("/dead/{partition:int}/{id}/redrive", RedriveAsync);
        ops.MapPost("/dead/{partition:int}/{id}/dismiss", DismissAsync);
        ops.MapPost("/dead/redrive", RedriveManyAsync);
        ops.MapPost("/dead/dismiss", DismissManyAsync);
    }

    private static async Task<IResult> RedriveManyAsync(Bulk bulk, DeadLetters dead) => bulk.IsGiven
        ? Answer("redriven", await dead.RedriveAsync(bulk.Filter, bulk.After, bulk.Count, bulk.Reason))
        : OpsEndpoints.MissingReason();

    private static async Task<IResult> DismissManyAsync(Bulk bulk, DeadLetters dead) => bulk.IsGiven
        ? Answer("dismissed", await dead.DismissAsync(bulk.Filter, bulk.After, bulk.Count, bulk.Reason))
        : OpsEndpoints.MissingReason();

    private static async Task<IResult> RedriveAsync(int partition, string id, OpsEndpoints.Why why, DeadLetters dead) =>
        !why.IsGiven ? OpsEndpoints.MissingReason() : await dead.RedriveAsync(partition, id, why.Reason) switch
        {
            Redrive.Redriven => TypedResults.Ok(new OpsEndpoints.Decided(id, "redriven")),
            Redrive.Unparsable => OpsEndpoints.Problem(409, "unparsable", "It holds no event that could be processed."),
            _ => NotFound(),
        };

    private static async Task<IResult> DismissAsync(int partition, string id, OpsEndpoints.Why why, DeadLetters dead) =>
        !why.IsGiven ? OpsEndpoints.MissingReason()
        : await dead.DismissAsync(partition, id, why.Reason) ? TypedResults.Ok(new OpsEndpoints.Decided(id, "dismissed"))
        : NotFound();

    private static ProblemHttpResult NotFound() =>
        OpsEndpoints.Problem(404, "not_found", "There is no such dead letter: it may have been redriven or dismissed.");

    private static Ok<BulkDecided> Answer(string outcome, BulkResult result) =>
        TypedResults.Ok(new BulkDecided(outcome, result.Done, result.Unparsable, result.Next));

    /// <summary>Which dead letters are meant. An unknown member is rejected, because a misspelled condition would let the action apply to more.</summary>
    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
    internal sealed record Bulk(
        string? Reason, string? Matching = null, DateTimeOffset? Since = null, DateTimeOffset? Before = null, string? After = null, int? Limit = null) : IJournaled
    {
        IJournaled IJournaled.SignedBy(string name) => this with { Reason = Journaling.Sign(name, Reason) };

        [MemberNotNullWhen(true, nameof(Reason))]
        internal bool IsGiven => Reason is { Length: > 0 and <= 500 };

        internal DeadLetterFilter Filter => new(Matching, Since, Before);

        internal int Count => Math.Clamp(Limit ?? BulkSize, 1, LargestBulk);
    }

    internal sealed record BulkDecided(string Outcome, int Count, int Unparsable, string? Next);
}
