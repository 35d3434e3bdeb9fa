using CheckoutAspire.Orders.Archive;
using CheckoutAspire.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Pages;

/// <summary>Answers 503 with a sentence while Redis or the archive cannot be reached: a page, or a problem document from the API.</summary>
internal static class LedgerTrouble
{
    private const string RetryAfterSeconds = "5";
    private const string RenderedHeader = "blazor-enhanced-nav";

    public static void UseLedgerTrouble(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (Exception exception) when (IsTrouble(exception) && !context.Response.HasStarted)
        {
            await AnswerAsync(context, RedisRefusal.Find(exception) ?? "Redis or the archive cannot be reached at the moment.");
        }
    });

    /// <summary>The keys that protect cookies and forms are in Redis, and ASP.NET Core wraps what reading them throws.</summary>
    private static bool IsTrouble(Exception? exception) => exception is RedisException or TimeoutException or ArchiveUnavailableException
        || (exception is not null && IsTrouble(exception.InnerException));

    private static Task AnswerAsync(HttpContext context, string trouble)
    {
        var changes = !HttpMethods.IsGet(context.Request.Method);
        context.Response.Headers.RetryAfter = RetryAfterSeconds;

        // A page that failed while it was rendered has set it, and the page that is rendered instead adds it again.
        context.Response.Headers.Remove(RenderedHeader);
        if (context.Request.Path.StartsWithSegments("/ops", StringComparison.Ordinal))
        {
            return TypedResults.Problem(
                trouble
                + (changes ? " The action may have been done: repeat it, which is safe." : ""),
                statusCode: StatusCodes.Status503ServiceUnavailable,
                extensions: [new("code", "ledger_unavailable")]).ExecuteAsync(context);
        }

        if (!changes)
        {
            context.Response.Headers["Refresh"] = RetryAfterSeconds;
        }

        return new RazorComponentResult<MessagePage>(new
        {
            Title = "The ledger does not answer",
            Message = trouble
                + (changes ? " The action may have been done. Go back and repeat it, which is safe." : " This page tries again every five seconds."),
            IsSignedIn = false,
        })
        { StatusCode = StatusCodes.Status503ServiceUnavailable }.ExecuteAsync(context);
    }
}
