using System.Security.Cryptography;

namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>Identifiers in Stripe's format: a prefix followed by random letters and digits.</summary>
internal static class Identifiers
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>For example, <c>pi_3</c> becomes <c>pi_3</c> followed by 24 characters.</summary>
    public static string New(string prefix, int length = 24) => prefix + RandomNumberGenerator.GetString(Alphabet, length);

    /// <summary>
    /// A fragment of a payment page's address. Stripe's have hundreds of characters, some of them escaped, and a page needs them to open:
    /// <c>fidkdWxOYHwnPyd1blpxYHZxWjA0…%2FYHgl</c>. Here it has no meaning.
    /// </summary>
    public static string NewFragment() =>
        "fid" + string.Join("%2F", Enumerable.Range(0, 5).Select(_ => RandomNumberGenerator.GetString(Alphabet, 72))) + "YHgl";
}
