using CheckoutAspire.Operations.Status;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The page of the system's state. It is the only page with a script, which replaces its figures every few seconds.</summary>
internal static class StatusPagesEndpoints
{
    public static void MapStatusPages(this IEndpointRouteBuilder pages) => pages.MapGet(
        "/status", async (int? hours, HttpContext context, StatusBoard board, StatusSamples samples, AlertLedger alerts, TimeProvider time) =>
        {
            context.Response.Headers.ContentSecurityPolicy = PagesExtensions.PolicyWithScript;
            var shown = StatusPage.Hours.Contains(hours ?? 0) ? hours!.Value : StatusPage.DefaultHours;
            var now = time.GetUtcNow();
            var day = await samples.ReadAsync(now, StatusSamples.MaxMinutes);
            return new RazorComponentResult<StatusPage>(new
            {
                Status = await board.ReadAsync(),
                Samples = (IReadOnlyList<Sample>)[.. day.Where(sample => sample.At > now.AddHours(-shown))],
                Day = day,
                Ended = await alerts.ListEndedAsync(),
                Now = now,
                ShownHours = shown,
            });
        });
}
