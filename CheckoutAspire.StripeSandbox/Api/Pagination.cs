using System.Text.Json.Nodes;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Stripe's lists: newest first, by cursor.</summary>
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

        var all = newestFirst.ToList();
        List<T> page;
        bool hasMore;
        if (options.EndingBefore is { } before)
        {
            var end = IndexOf(all, before, kind, "ending_before");
            var start = Math.Max(0, end - limit);
            page = all[start..end];
            hasMore = start > 0;
        }
        else
        {
            var start = options.StartingAfter is { } after ? IndexOf(all, after, kind, "starting_after") + 1 : 0;
            page = all[start..Math.Min(all.Count, start + limit)];
            hasMore = start + page.Count < all.Count;
        }

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

    private static int IndexOf<T>(List<T> all, string cursor, string kind, string parameter)
        where T : IHasId
    {
        var index = all.FindIndex(entity => entity.Id == cursor);
        return index >= 0 ? index : throw ApiErrors.NoSuchReference(kind, cursor, parameter);
    }
}
