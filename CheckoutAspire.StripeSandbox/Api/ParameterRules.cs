using System.Globalization;
using CheckoutAspire.StripeSandbox.Objects;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Validation rules that several parameters share.</summary>
internal static class ParameterRules
{
    private const int MetadataKeys = 50;
    private const int MetadataKeyLength = 40;
    private const int MetadataValueLength = 500;
    private const int DecimalPlaces = 12;

    public static void MaximumLength(string? value, int limit, string parameter)
    {
        if (value?.Length > limit)
        {
            throw ApiErrors.TooLong(value, limit, parameter);
        }
    }

    public static void OneOf(string? value, string parameter, params IReadOnlyList<string> allowed)
    {
        if (value is not null && !allowed.Contains(value))
        {
            throw ApiErrors.InvalidEnum(parameter, allowed);
        }
    }

    /// <remarks><see href="https://docs.stripe.com/api/metadata"/></remarks>
    public static void Metadata(Dictionary<string, string>? metadata, string parameter)
    {
        if (metadata is null)
        {
            return;
        }

        foreach (var (key, value) in metadata)
        {
            if (key.Length > MetadataKeyLength)
            {
                throw ApiErrors.Invalid(
                    $"Metadata keys can have up to {MetadataKeyLength} characters, but you passed in a key that is {key.Length} characters. "
                    + $"Invalid key: {key}",
                    parameter);
            }

            if (value.Length > MetadataValueLength)
            {
                throw ApiErrors.Invalid(
                    $"Metadata values can have up to {MetadataValueLength} characters, but you passed in a value that is {value.Length} "
                    + $"characters. Invalid value: {value}",
                    $"{parameter}[{key}]");
            }
        }

        if (metadata.Count > MetadataKeys)
        {
            throw ApiErrors.Invalid(
                $"Metadata can have up to {MetadataKeys} keys, but you've set {metadata.Count}. You can delete keys by setting them to an "
                + "empty string.",
                parameter);
        }
    }

    /// <summary>The metadata after an update: an empty value removes its key, and an empty map removes all keys.</summary>
    public static Dictionary<string, string> Merge(Dictionary<string, string>? before, Dictionary<string, string>? change)
    {
        var merged = change is { Count: 0 } ? [] : new Dictionary<string, string>(before ?? []);
        foreach (var (key, value) in change ?? [])
        {
            if (value.Length == 0)
            {
                merged.Remove(key);
            }
            else
            {
                merged[key] = value;
            }
        }

        return merged;
    }

    public static Currency Currency(string? code, string parameter)
    {
        var lower = (code ?? throw ApiErrors.Missing(parameter)).ToLowerInvariant();
        return Objects.Currency.Codes.Contains(lower)
            ? new Currency(lower)
            : throw ApiErrors.Invalid(
                $"Invalid currency: {lower}. Stripe currently supports these currencies: {Objects.Currency.List}", parameter);
    }

    /// <summary>Validates a unit amount: given in one of the two forms, not negative, not too large, and a multiple of the currency's step.</summary>
    public static decimal UnitAmount(long? amount, decimal? precise, Currency currency, string prefix)
    {
        if (amount is not null && precise is not null)
        {
            throw ApiErrors.Invalid(
                "Received both unit_amount and unit_amount_decimal parameters. Please pass in only one.", Name("unit_amount"));
        }

        var value = amount ?? precise ?? throw ApiErrors.Missing(Name("unit_amount"));
        var parameter = Name(amount is null ? "unit_amount_decimal" : "unit_amount");
        if (value < 0)
        {
            throw ApiErrors.TooLow(0, parameter);
        }

        if (value > Objects.Currency.MaximumAmount)
        {
            throw ApiErrors.AmountTooLarge(currency.Format(Objects.Currency.MaximumAmount), parameter);
        }

        if (decimal.Round(value, DecimalPlaces) != value)
        {
            throw ApiErrors.Invalid(
                string.Create(
                    CultureInfo.InvariantCulture, $"Invalid decimal: {value}; must contain at maximum {DecimalPlaces} decimal places."),
                parameter);
        }

        return value % currency.Step == 0 || currency.Step == 1
            ? value
            : throw ApiErrors.Invalid($"Amounts in {currency.Code} must be divisible by {currency.Step}.", parameter);

        string Name(string name) => prefix.Length == 0 ? name : $"{prefix}[{name}]";
    }

    /// <summary>Validates an http or https URL, which may contain an unescaped <c>{CHECKOUT_SESSION_ID}</c>.</summary>
    public static void Url(string? url, string parameter)
    {
        MaximumLength(url, 5000, parameter);
        if (url is not null
            && !(Uri.TryCreate(url, UriKind.Absolute, out var uri)
                && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
                && uri.Host.Length > 0))
        {
            throw ApiErrors.InvalidUrl(parameter);
        }
    }

    public static void Email(string? email, string parameter)
    {
        if (email is not null && !IsEmail(email))
        {
            throw ApiErrors.InvalidEmail(email, parameter);
        }
    }

    public static bool IsEmail(string email)
    {
        var at = email.IndexOf('@', StringComparison.Ordinal);
        return email.Length <= 512 && at > 0 && email.IndexOf('.', at) is var dot && dot > at + 1 && dot < email.Length - 1
            && email.LastIndexOf('@') == at && !email.Any(char.IsWhiteSpace);
    }
}
