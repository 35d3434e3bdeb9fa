using System.Security.Cryptography;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>Identifiers as Stripe makes them: a prefix, then random letters and digits.</summary>
internal static class Identifiers
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>For example <c>pi_3</c> becomes <c>pi_3</c> and 24 characters.</summary>
    public static string New(string prefix, int length = 24) => prefix + RandomNumberGenerator.GetString(Alphabet, length);
}
