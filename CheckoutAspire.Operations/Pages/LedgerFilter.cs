using CheckoutAspire.Orders.Archive;
using Microsoft.AspNetCore.Http.HttpResults;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Pages;

/// <summary>Answers 503 while Redis or the archive cannot be reached.</summary>
internal static class LedgerFilter
{
    public static async ValueTask<object?> ForPagesAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ArchiveUnavailableException)
        {
            context.HttpContext.Response.Headers["Refresh"] = "5";
            return new RazorComponentResult<MessagePage>(new
            {
                Title = "The ledger does not answer",
                Message = "Redis or the archive cannot be reached at the moment. This page tries again every five seconds.",
            })
            { StatusCode = StatusCodes.Status503ServiceUnavailable };
        }
    }
}
