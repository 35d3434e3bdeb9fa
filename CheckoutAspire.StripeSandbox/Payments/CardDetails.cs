using System.Globalization;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>The stored details of a card, which exclude its number.</summary>
internal sealed record CardDetails(string Brand, string Last4, int ExpMonth, int ExpYear, TestCard Behavior)
{
    /// <summary>Reads the buyer's input, or returns an error for the first invalid field.</summary>
    public static (CardDetails? Card, PageError? Error) Read(string? number, string? expiry, string? cvc, DateTime now)
    {
        var digits = Digits(number);
        if (digits.Length == 0)
        {
            return Wrong("Your card number is incomplete.", "cardNumber");
        }

        var brand = BrandOf(digits);
        if (digits.Length < 12)
        {
            return Wrong("Your card number is incomplete.", "cardNumber");
        }

        if (!PassesLuhn(digits) || digits.Length > 19)
        {
            return Wrong("Your card number is invalid.", "cardNumber");
        }

        var date = Digits(expiry);
        if (date.Length != 4)
        {
            return Wrong("Your card's expiration date is incomplete.", "cardExpiry");
        }

        var month = int.Parse(date[..2], CultureInfo.InvariantCulture);
        var year = 2000 + int.Parse(date[2..], CultureInfo.InvariantCulture);
        if (month is < 1 or > 12)
        {
            return Wrong("Your card's expiration month is invalid.", "cardExpiry");
        }

        if (year < now.Year || year > now.Year + 50)
        {
            return Wrong("Your card's expiration year is invalid.", "cardExpiry");
        }

        if (year == now.Year && month < now.Month)
        {
            return Wrong("Your card's expiration date is in the past.", "cardExpiry");
        }

        return Digits(cvc).Length != (brand == "amex" ? 4 : 3)
            ? Wrong("Your card's security code is incomplete.", "cardCvc")
            : (new CardDetails(brand, digits[^4..], month, year, TestCard.Of(digits)), null);

        static (CardDetails?, PageError?) Wrong(string sentence, string field) => (null, new PageError(sentence, field));
    }

    private static string Digits(string? text) => new([.. (text ?? "").Where(char.IsAsciiDigit).Take(20)]);

    /// <remarks>The issuer identification numbers of ISO/IEC 7812 for the accepted brands.</remarks>
    private static string BrandOf(string digits)
    {
        var first2 = int.Parse(digits[..Math.Min(2, digits.Length)], CultureInfo.InvariantCulture);
        var first4 = int.Parse(digits[..Math.Min(4, digits.Length)], CultureInfo.InvariantCulture);
        return digits[0] == '4' ? "visa"
            : first2 is >= 51 and <= 55 || first4 is >= 2221 and <= 2720 ? "mastercard"
            : first2 is 34 or 37 ? "amex"
            : first4 == 6011 || first2 is 64 or 65 ? "discover"
            : first2 is 30 or 36 or 38 or 39 ? "diners"
            : first2 == 35 ? "jcb"
            : first2 == 62 ? "unionpay"
            : "unknown";
    }

    private static bool PassesLuhn(string digits)
    {
        var sum = 0;
        for (var index = 0; index < digits.Length; index++)
        {
            var digit = digits[^(index + 1)] - '0';
            sum += index % 2 == 0 ? digit : digit * 2 > 9 ? (digit * 2) - 9 : digit * 2;
        }

        return sum % 10 == 0;
    }
}
