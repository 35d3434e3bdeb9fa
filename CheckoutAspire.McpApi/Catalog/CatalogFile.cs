using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using CheckoutAspire.McpApi.Stripe;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Catalog;

/// <summary>
/// Reads a catalog file:
/// <code>{ "products": [ { "id": "mug-red", "name": "Red mug", "price_cents": 4999, "currency": "usd", "max_quantity": 10 } ] }</code>
/// </summary>
internal static class CatalogFile
{
    private const int MaxId = 200;
    private const int MaxName = 250;

    // As many as a Product has at Stripe: https://docs.stripe.com/api/products/object#product_object-images
    private const int MaxImages = 8;

    /// <summary>Adds the file's products, or reports the first problem in words that follow the file's name.</summary>
    public static bool TryRead(string path, List<CatalogProduct> products, [NotNullWhen(false)] out string? error)
    {
        try
        {
            using var file = File.OpenRead(path);
            foreach (var entry in JsonSerializer.Deserialize(file, CatalogFileJson.Default.CatalogDocument)?.Products ?? [])
            {
                if (Validate(entry) is { } reason)
                {
                    error = $"has an invalid product {entry.Id}: {reason}";
                    return false;
                }

                SessionParameters? session = null;
                if (entry.Session is { } added && !SessionParameters.TryRead(added, out session, out var problem))
                {
                    error = $"has an invalid product {entry.Id}: session {problem}";
                    return false;
                }

                products.Add(new CatalogProduct
                {
                    Id = entry.Id,
                    Name = entry.Name,
                    Description = entry.Description,
                    ImageUrl = entry.ImageUrl,
                    MoreImageUrls = entry.MoreImageUrls ?? [],
                    Price = new Money(entry.PriceCents, entry.Currency.ToLowerInvariant()),
                    Recurring = entry.Recurring is { } recurring ? new Recurrence(recurring.Interval, recurring.IntervalCount ?? 1) : null,
                    MaxQuantity = entry.MaxQuantity,
                    Stock = entry.Stock,
                    Session = session,
                });
            }

            error = null;
            return true;
        }
        catch (JsonException exception)
        {
            error = $"is not a catalog: {exception.Message}";
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error = "cannot be read.";
            return false;
        }
    }

    private static string? Validate(CatalogEntry entry)
    {
        var currency = Currency.Find(entry.Currency);
        return entry switch
        {
            { Id.Length: 0 or > MaxId } => $"id must have 1 to {MaxId} characters.",
            _ when StripePrices.IsPriceId(entry.Id) => "ids that begin with price_ or plan_ are reserved for Stripe's Prices.",
            _ when entry.Id.Contains(',', StringComparison.Ordinal) => "id must not contain a comma, because commas separate ids.",
            _ when CallerText.Validate(entry.Id, TextUse.Reference) is { } problem => $"id must {problem}",
            { Name.Length: 0 or > MaxName } => $"name must have 1 to {MaxName} characters.",
            _ when VisibleText.Problem(entry.Name) is { } problem => $"name must {problem}",
            { Description: { } description } when VisibleText.Of(description) != description => "description must not contain line breaks or invisible characters.",
            _ when currency is null => $"Stripe does not charge in the currency {entry.Currency}.",
            { PriceCents: < 1 or > Currency.MaximumAmount } => $"price_cents must be from 1 to {Currency.MaximumAmount}.",
            _ when entry.PriceCents % currency.Step != 0 => $"price_cents must be a multiple of {currency.Step} in {currency.Code}.",
            { MaxQuantity: < 1 } => "max_quantity must be at least 1.",
            { Stock: < 0 } => "stock must be at least 0.",
            { ImageUrl: { } image } when !IsWebAddress(image) => "image_url must be an https address.",
            { MoreImageUrls: { } images } when entry.ImageUrl is null || images.Count >= MaxImages || !images.All(IsWebAddress) =>
                $"more_image_urls must be at most {MaxImages - 1} https addresses, next to image_url.",
            { Recurring: { Interval: not ("day" or "week" or "month" or "year") } or { IntervalCount: < 1 } } =>
                "recurring must have an interval of day, week, month or year, and an interval_count of at least 1.",
            _ => null,
        };
    }

    private static bool IsWebAddress(string address) =>
        address.Length <= 2048 && Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps;
}

/// <summary>The whole file.</summary>
internal sealed record CatalogDocument(IReadOnlyList<CatalogEntry> Products);

/// <summary>One product of the file.</summary>
internal sealed record CatalogEntry
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? ImageUrl { get; init; }

    /// <summary>Further images, for agents that ask about the product.</summary>
    public IReadOnlyList<string>? MoreImageUrls { get; init; }

    public required long PriceCents { get; init; }

    public required string Currency { get; init; }

    public CatalogRecurrence? Recurring { get; init; }

    public long? MaxQuantity { get; init; }

    public long? Stock { get; init; }

    /// <summary>Parameters of Checkout Sessions, as in the session template.</summary>
    public JsonElement? Session { get; init; }
}

/// <summary>The billing interval of a product of the file.</summary>
internal sealed record CatalogRecurrence
{
    public required string Interval { get; init; }

    public long? IntervalCount { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CatalogDocument))]
internal sealed partial class CatalogFileJson : JsonSerializerContext;
