using System.Globalization;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Operations.Finding;
using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The pages that list and show dead letters, and redrive or dismiss one of them, or those that were selected.</summary>
internal static class DeadLetterPagesEndpoints
{
    /// <summary>A form with this many selected letters is shorter than the largest body.</summary>
    private const int PageSize = 25;

    private const int MaxCsv = 10_000;

    public static void MapDeadLetterPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/dead", async (DeadLetters dead, string? matching, string? since, string? before, string? after, string? done, int? count) =>
            new RazorComponentResult<DeadLettersPage>(new
            {
                Problem = ProblemOf(since, before),
                Page = ProblemOf(since, before) is null ? await dead.ListAsync(FilterOf(matching, since, before), after, PageSize) : new Page<DeadLetter>([], null),
                Matching = matching?.Trim() ?? "",
                Since = since ?? "",
                Before = before ?? "",
                IsFirst = after is null,
                Done = (done, count) switch
                {
                    ("redriven", null) => "The dead letter is back in the stream. A worker processes it.",
                    ("redriven", { } number) => string.Create(CultureInfo.InvariantCulture, $"{number} of the selected dead letters are back in the stream. A worker processes them."),
                    ("dismissed", null) => "The dead letter is deleted.",
                    ("dismissed", { } number) => string.Create(CultureInfo.InvariantCulture, $"{number} of the selected dead letters are deleted."),
                    _ => null,
                },
            }));
        pages.MapGet("/dead.csv", async (DeadLetters dead, string? matching, string? since, string? before) => ProblemOf(since, before) is { } problem
            ? OrderPagesEndpoints.Unreadable(problem)
            : Csv.File(
            "dead-letters.csv",
            ["partition", "id", "dead_since", "event", "type", "object", "reason", "attempts"],
            (await dead.ListAsync(FilterOf(matching, since, before), null, MaxCsv)).Items.Select(letter => (IReadOnlyList<string?>)
            [
                letter.Partition.ToString(CultureInfo.InvariantCulture), letter.Id, letter.DeadSince.ToString("O", CultureInfo.InvariantCulture), letter.EventId, letter.Type,
                letter.ObjectId, letter.Reason, letter.Attempts.ToString(CultureInfo.InvariantCulture),
            ])));
        pages.MapGet("/dead/{partition:int}/{id}", async (int partition, string id, DeadLetters dead) =>
            await dead.FindAsync(partition, id) is { } letter && await dead.ReadBodyAsync(partition, id) is { } body
                ? (IResult)new RazorComponentResult<DeadLetterPage>(new { Letter = letter, Content = MaskedContent.Of(body) })
                : Gone());
        pages.MapGet("/dead/selected", (string? verb, string[]? letter) => letter is { Length: > 0 and <= PageSize }
            ? (IResult)ConfirmationPage.Of(Confirm(verb != "dismiss", letter))
            : OrderPagesEndpoints.Message("Nothing is selected", "Go back and select dead letters by their checkboxes."));
        foreach (var redrives in new[] { true, false })
        {
            pages.MapGet(PathOf(redrives), async (int partition, string id, DeadLetters dead) =>
                await dead.FindAsync(partition, id) is { } letter ? (IResult)ConfirmationPage.Of(Confirm(letter, redrives)) : Gone());
        }
    }

    public static void MapDeadLetterActions(this IEndpointRouteBuilder actions)
    {
        actions.MapPost("/dead/selected", DecideSelectedAsync);
        foreach (var redrives in new[] { true, false })
        {
            actions.MapPost(PathOf(redrives), async (int partition, string id, [FromForm] string? who, [FromForm] string? why, DeadLetters dead) =>
                await DecideAsync(partition, id, redrives, who, why, dead));
        }
    }

    private static string PathOf(bool redrives) => "/dead/{partition:int}/{id}/" + (redrives ? "redrive" : "dismiss");

    private static async Task<IResult> DecideAsync(int partition, string id, bool redrives, string? who, string? why, DeadLetters dead)
    {
        if (await dead.FindAsync(partition, id) is not { } letter)
        {
            return Gone();
        }

        var ask = Confirm(letter, redrives);
        if (Reason.Join(who, why) is not { } reason)
        {
            return ConfirmationPage.Of(ask.Refused(Reason.Missing, who, why));
        }

        if (!redrives)
        {
            return await dead.DismissAsync(partition, id, reason) ? TypedResults.LocalRedirect("/dead?done=dismissed") : Gone();
        }

        return await dead.RedriveAsync(partition, id, reason) switch
        {
            Redrive.Redriven => TypedResults.LocalRedirect("/dead?done=redriven"),
            Redrive.Unparsable => ConfirmationPage.Of(ask.Refused("It holds no event that could be processed. It can only be dismissed.", who, why)),
            _ => Gone(),
        };
    }

    private static async Task<IResult> DecideSelectedAsync(IFormCollection form, DeadLetters dead)
    {
        var redrives = form["verb"] != "dismiss";
        var ask = Confirm(redrives, form["letter"]);
        if (Reason.Join(form["who"], form["why"]) is not { } reason)
        {
            return ConfirmationPage.Of(ask.Refused(Reason.Missing, form["who"], form["why"]));
        }

        var done = 0;
        foreach (var selected in form["letter"])
        {
            // 0/1795426292672-0: the partition and the letter.
            if (selected?.Split('/') is [var number, var id] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var partition))
            {
                done += (redrives ? await dead.RedriveAsync(partition, id, reason) is Redrive.Redriven : await dead.DismissAsync(partition, id, reason)) ? 1 : 0;
            }
        }

        return TypedResults.LocalRedirect(string.Create(CultureInfo.InvariantCulture, $"/dead?done={(redrives ? "redriven" : "dismissed")}&count={done}"));
    }

    private static Confirmation Confirm(DeadLetter letter, bool redrives) => new(
        $"{Verb(redrives)} a dead letter", redrives ? "This processes the event once more." : "This deletes the event.", Consequence(redrives, "It goes"),
        $"{Verb(redrives)} the dead letter",
        string.Create(CultureInfo.InvariantCulture, $"/dead/{letter.Partition}/{letter.Id}/{(redrives ? "redrive" : "dismiss")}"), "/dead")
    {
        Facts =
        [
            new("Event", $"{letter.Type ?? "no event"} {letter.EventId}"),
            new("Object", letter.ObjectId ?? "none"),
            new("Reason", letter.Reason),
            new("Attempts", letter.Attempts.ToString(CultureInfo.InvariantCulture)),
            new("Dead since", OrderExplanation.Time(letter.DeadSince)),
        ],
    };

    private static Confirmation Confirm(bool redrives, StringValues letters) => new(
        $"{Verb(redrives)} the selected dead letters",
        string.Create(CultureInfo.InvariantCulture, $"This {(redrives ? "processes" : "deletes")} {letters.Count} event{(letters.Count == 1 ? "" : "s")}{(redrives ? " once more" : "")}."),
        Consequence(redrives, "Each goes"),
        $"{Verb(redrives)} the dead letters",
        "/dead/selected",
        "/dead")
    {
        Facts = [new("Selected", string.Join(", ", letters.Select(letter => letter)))],
        Fields = [new("verb", redrives ? "redrive" : "dismiss"), .. letters.Select(letter => new NamedValue("letter", letter ?? ""))],
    };

    private static string Verb(bool redrives) => redrives ? "Redrive" : "Dismiss";

    private static string Consequence(bool redrives, string subject) => redrives
        ? $"{subject} back into the stream, and a worker applies it within seconds. An order that is fulfilled already is not fulfilled again."
        : "What it reports is not applied, and an order that waits for it stays as it is. This cannot be undone.";

    private static string? ProblemOf(string? since, string? before) => new OrderFilter(Since: since, Before: before).Problem;

    private static DeadLetterFilter FilterOf(string? matching, string? since, string? before) =>
        new(string.IsNullOrWhiteSpace(matching) ? null : matching.Trim(), Dates.Read(since), Dates.Read(before));

    private static RazorComponentResult<MessagePage> Gone() => OrderPagesEndpoints.Message(
        "Dead letter not found", "There is no such dead letter. It has been redriven or dismissed.");
}
