using System.Text.Json;
using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Access;
using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Ucp;

/// <summary>A platform's request: products, quantities and the buyer. Prices and titles from the platform are ignored.</summary>
internal sealed record RequestedCheckout(IReadOnlyList<RequestedLine> Lines, UcpBuyer? Buyer);

/// <summary>One requested line.</summary>
/// <param name="Id">The id of the line in the checkout, or null for one without.</param>
/// <param name="ItemId">The product.</param>
/// <param name="Quantity">Number of units.</param>
/// <param name="CallerRef">The platform's own id of the line, or null.</param>
internal sealed record RequestedLine(string? Id, string ItemId, long Quantity, string? CallerRef);

/// <summary>
/// The arguments of one call: <c>meta</c>, <c>id</c>, <c>checkout</c>. The protocol's objects are open, so unknown members are ignored. Known members
/// are validated, and the error for the first invalid one has its JSONPath.
/// </summary>
internal sealed partial class UcpArguments(IDictionary<string, JsonElement>? arguments)
{
    public const int MaxLines = 100;
    public const long MaxQuantity = 999_999;
    private const int MaxId = 200;
    private const int MaxText = 254;
    private const int MaxProfile = 2048;
    private const int MinKey = 22;
    private const int MaxKey = 255;

    private readonly IDictionary<string, JsonElement> _arguments = arguments ?? new Dictionary<string, JsonElement>();

    /// <summary>Validates the platform's identification, which every call must have, and returns the idempotency key, if there is one.</summary>
    public string? Meta(bool keyRequired)
    {
        if (!_arguments.TryGetValue("meta", out var meta) || meta.ValueKind is not JsonValueKind.Object)
        {
            throw UcpErrors.Invalid("$.meta", "meta is missing. It must be an object with ucp-agent.profile.");
        }

        if (!meta.TryGetProperty("ucp-agent", out var agent)
            || agent.ValueKind is not JsonValueKind.Object
            || !agent.TryGetProperty("profile", out var profile)
            || profile.ValueKind is not JsonValueKind.String
            || !IsWebAddress(profile.GetString()!))
        {
            throw UcpErrors.InvalidProfile("meta.ucp-agent.profile must be the URL of the platform's UCP profile.");
        }

        Check(profile.GetString()!, "$.meta['ucp-agent'].profile", "meta.ucp-agent.profile", TextUse.Data);

        if (!meta.TryGetProperty("idempotency-key", out var key) || key.ValueKind is JsonValueKind.Null)
        {
            return keyRequired ? throw UcpErrors.KeyMissing() : null;
        }

        // The key must have at least 128 bits, such as a UUID: https://ucp.dev/2026-04-08/specification/signatures#replay-protection
        return key.ValueKind is JsonValueKind.String && key.GetString() is { Length: >= MinKey and <= MaxKey } text
            ? Check(text, "$.meta['idempotency-key']", "meta.idempotency-key", TextUse.Reference)
            : throw UcpErrors.Invalid("$.meta['idempotency-key']", $"meta.idempotency-key must be a UUID or another text of {MinKey} to {MaxKey} characters.");
    }

    public string Id() => _arguments.TryGetValue("id", out var id) && id.ValueKind is JsonValueKind.String && id.GetString() is { Length: > 0 and <= MaxId } text
        ? Check(text, "$.id", "id", TextUse.Reference)
        : throw UcpErrors.Invalid("$.id", "id is missing. It must be the id of a checkout or an order.");

    /// <summary>The <c>checkout</c> object. At completion it may contain a payment instrument, which is not read.</summary>
    public JsonElement CheckoutObject() => _arguments.TryGetValue("checkout", out var checkout) && checkout.ValueKind is JsonValueKind.Object
        ? checkout
        : throw UcpErrors.Invalid("$.checkout", "checkout is missing. It must be an object.");

    public RequestedCheckout Checkout()
    {
        var checkout = CheckoutObject();
        if (!checkout.TryGetProperty("line_items", out var items)
            || items.ValueKind is not JsonValueKind.Array
            || items.GetArrayLength() is 0 or > MaxLines)
        {
            throw UcpErrors.Invalid("$.checkout.line_items", $"checkout.line_items must be a list of 1 to {MaxLines} items.");
        }

        return new RequestedCheckout([.. items.EnumerateArray().Select(Line)], Buyer(checkout));
    }

    /// <summary>SHA-256 of the arguments without <c>meta</c>, in canonical form, so that a retry has the same digest.</summary>
    public string Digest() => CanonicalJson.Digest(_arguments.Where(argument => argument.Key != "meta"));

    private static RequestedLine Line(JsonElement line, int index)
    {
        var path = $"$.checkout.line_items[{index}]";
        if (line.ValueKind is not JsonValueKind.Object
            || !line.TryGetProperty("item", out var item)
            || item.ValueKind is not JsonValueKind.Object
            || !item.TryGetProperty("id", out var itemId)
            || itemId.ValueKind is not JsonValueKind.String
            || itemId.GetString() is not { Length: > 0 and <= MaxId } product)
        {
            throw UcpErrors.Invalid(path + ".item.id", $"checkout.line_items[{index}].item.id must be the id of a product.");
        }

        if (!line.TryGetProperty("quantity", out var quantity)
            || quantity.ValueKind is not JsonValueKind.Number
            || !quantity.TryGetInt64(out var count)
            || count is < 1 or > MaxQuantity)
        {
            throw UcpErrors.Invalid(path + ".quantity", $"checkout.line_items[{index}].quantity must be a whole number from 1 to {MaxQuantity}.");
        }

        Check(product, path + ".item.id", $"checkout.line_items[{index}].item.id", TextUse.Reference);
        var id = Text(line, "id", path, MaxId, TextUse.Reference);
        return new RequestedLine(id, product, count, CallerRef: id);
    }

    private static UcpBuyer? Buyer(JsonElement checkout)
    {
        const string Path = "$.checkout.buyer";
        if (!checkout.TryGetProperty("buyer", out var buyer) || buyer.ValueKind is JsonValueKind.Null)
        {
            return null;
        }

        if (buyer.ValueKind is not JsonValueKind.Object)
        {
            throw UcpErrors.Invalid(Path, "checkout.buyer must be an object.");
        }

        // Stripe prefills the address and would reject an invalid one at completion.
        var email = Text(buyer, "email", Path, MaxText);
        if (email is not null && !Email().IsMatch(email))
        {
            throw UcpErrors.Invalid(Path + ".email", "email must be an e-mail address.");
        }

        return new UcpBuyer
        {
            FirstName = Text(buyer, "first_name", Path, MaxText),
            LastName = Text(buyer, "last_name", Path, MaxText),
            Email = email,
            PhoneNumber = Text(buyer, "phone_number", Path, MaxText),
        };
    }

    private static string? Text(JsonElement owner, string name, string path, int most, TextUse use = TextUse.Data)
    {
        if (!owner.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind is JsonValueKind.String && value.GetString() is { } text && text.Length <= most
            ? Check(text, $"{path}.{name}", name, use)
            : throw UcpErrors.Invalid($"{path}.{name}", $"{name} must be text of at most {most} characters.");
    }

    /// <summary>The text of a platform by the rules of every caller's text. An empty one counts as absent where it may be.</summary>
    private static string Check(string text, string path, string name, TextUse use) =>
        text.Length > 0 && CallerText.Validate(text, use) is { } problem ? throw UcpErrors.Invalid(path, $"{name} must {problem}") : text;

    [GeneratedRegex(@"^[^@\s]{1,64}@[^@\s]{1,189}\z")]
    private static partial Regex Email();

    private static bool IsWebAddress(string text) =>
        text.Length <= MaxProfile && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http";
}
