namespace CheckoutAspire.Operations.Pages;

/// <summary>Builds the queries of links.</summary>
internal static class Queries
{
    /// <summary>Adds a parameter unless it is empty.</summary>
    public static QueryString Some(this QueryString query, string name, string? value) => string.IsNullOrEmpty(value) ? query : query.Add(name, value);
}
