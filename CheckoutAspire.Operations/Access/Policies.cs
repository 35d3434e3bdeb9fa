namespace CheckoutAspire.Operations.Access;

/// <summary>The names of the authorization policies. A request is authorized before its body is read.</summary>
internal static class Policies
{
    /// <summary>The operators' API: the token in every request.</summary>
    public const string Api = "api";

    /// <summary>The pages: a cookie.</summary>
    public const string Pages = "pages";
}
