using CheckoutAspire.Orders.Transitions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The pages that list dead letters, and redrive or dismiss one.</summary>
internal static class DeadLetterPagesEndpoints
{
    private const int PageSize = 50;

    public static void MapDeadLetterPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/dead", async (DeadLetters dead, string? matching, string? after, string? done) => new RazorComponentResult<DeadLettersPage>(new
        {
            Page = await dead.ListAsync(new DeadLetterFilter(string.IsNullOrWhiteSpace(matching) ? null : matching.Trim()), after, PageSize),
            Matching = string.IsNullOrWhiteSpace(matching) ? null : matching.Trim(),
            IsFirst = after is null,
            Done = done switch
            {
                "redriven" => "The dead letter is back in the stream. A worker processes it.",
                "dismissed" => "The dead letter is deleted.",
                _ => null,
            },
        }));
        foreach (var redrives in new[] { true, false })
        {
            var path = "/dead/{partition:int}/{id}/" + (redrives ? "redrive" : "dismiss");
            pages.MapGet(path, async (int partition, string id, DeadLetters dead) =>
                await dead.FindAsync(partition, id) is { } letter ? (IResult)Letter(letter, redrives) : Gone());
            pages.MapPost(path, async (int partition, string id, [FromForm] string? who, [FromForm] string? why, DeadLetters dead) =>
                await DecideAsync(partition, id, redrives, who, why, dead));
        }
    }

    private static async Task<IResult> DecideAsync(int partition, string id, bool redrives, string? who, string? why, DeadLetters dead)
    {
        if (await dead.FindAsync(partition, id) is not { } letter)
        {
            return Gone();
        }

        if (Reason.Join(who, why) is not { } reason)
        {
            return Letter(letter, redrives, Reason.Missing, who, why);
        }

        if (!redrives)
        {
            return await dead.DismissAsync(partition, id, reason) ? TypedResults.LocalRedirect("/dead?done=dismissed") : Gone();
        }

        return await dead.RedriveAsync(partition, id, reason) switch
        {
            Redrive.Redriven => TypedResults.LocalRedirect("/dead?done=redriven"),
            Redrive.Unparsable => Letter(letter, redrives, "It holds no event that could be processed. It can only be dismissed.", who, why),
            _ => Gone(),
        };
    }

    private static RazorComponentResult<DeadLetterPage> Letter(DeadLetter letter, bool redrives, string? refusal = null, string? who = null, string? why = null) =>
        new(new { Letter = letter, Redrives = redrives, Refusal = refusal, Who = who, Why = why })
        {
            StatusCode = refusal is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
        };

    private static RazorComponentResult<MessagePage> Gone() => new(new
    {
        Title = "Dead letter not found",
        Message = "There is no such dead letter. Somebody may have redriven or dismissed it.",
    })
    { StatusCode = StatusCodes.Status404NotFound };
}
