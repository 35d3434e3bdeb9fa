using System.Text.Json.Nodes;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Stripe's list format: newest first, with cursors.</summary>
/// <remarks><see href="https://docs.stripe.com/api/pagination"/></remarks>
internal static class Pagination
{
    private const int DefaultLimit = 10;
    private const int MaximumLimit = 100;

    public static JsonObject Page<T>(
        IEnumerable<T> newestFirst, ListOptions options, string kind, string url, Func<T, JsonObject> render)
        where T : IHasId
    {
        var limit = Limit(options.Limit);
        if (options.StartingAfter is not null && options.EndingBefore is not null)
        {
            throw ApiErrors.Invalid("Received both starting_after and ending_before parameters. Please pass in only one.", "starting_after");
        }

        var (page, hasMore) = options.EndingBefore is { } before
            ? Before(newestFirst, before, limit, kind)
            : After(newestFirst, options.StartingAfter, limit, kind);
        return List(page.Select(render), hasMore, url);
    }

    public static JsonObject List(IEnumerable<JsonObject> data, bool hasMore, string url) => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray([.. data]),
        ["has_more"] = hasMore,
        ["url"] = url,
    };

    /// <summary>Whether <paramref name="created"/> satisfies <c>created=…</c> or <c>created[gte]=…</c>.</summary>
    public static bool Admits(AnyOf<DateTime?, DateRangeOptions>? filter, DateTime created) => filter?.Value switch
    {
        DateTime exact => created == exact,
        DateRangeOptions range => !(created <= range.GreaterThan) && !(created < range.GreaterThanOrEqual)
            && !(created >= range.LessThan) && !(created > range.LessThanOrEqual),
        _ => true,
    };

    private static int Limit(long? limit) => limit switch
    {
        null => DefaultLimit,
        >= 1 and <= MaximumLimit => (int)limit,
        < 1 => throw ApiErrors.TooLow(1, "limit"),
        _ => throw ApiErrors.Invalid($"This value must be less than or equal to {MaximumLimit} (we received {limit}).", "limit"),
    };

    private static (IEnumerable<T> Page, bool HasMore) After<T>(IEnumerable<T> newestFirst, string? cursor, int limit, string kind)
        where T : IHasId
    {
        var found = cursor is null;
        var page = new List<T>(limit);
        foreach (var entity in newestFirst)
        {
            if (!found)
            {
                found = entity.Id == cursor;
            }
            else if (page.Count == limit)
            {
                return (page, true);
            }
            else
            {
                page.Add(entity);
            }
        }

        return found ? (page, false) : throw ApiErrors.NoSuchReference(kind, cursor!, "starting_after");
    }

    private static (IEnumerable<T> Page, bool HasMore) Before<T>(IEnumerable<T> newestFirst, string cursor, int limit, string kind)
        where T : IHasId
    {
        var page = new Queue<T>(limit + 1);
        var hasMore = false;
        foreach (var entity in newestFirst)
        {
            if (entity.Id == cursor)
            {
                return (page, hasMore);
            }

            page.Enqueue(entity);
            if (page.Count > limit)
            {
                page.Dequeue();
                hasMore = true;
            }
        }

        throw ApiErrors.NoSuchReference(kind, cursor, "ending_before");
    }
}
