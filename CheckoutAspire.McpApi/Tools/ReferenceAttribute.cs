using CheckoutAspire.McpApi.Values;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>Marks an argument that is an id of the caller's: it follows the rules of <see cref="TextUse.Reference"/> instead of <see cref="TextUse.Data"/>.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ReferenceAttribute : Attribute;
