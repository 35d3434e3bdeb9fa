using CheckoutAspire.McpApi.Errors;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The schemas of the tools leave out the values of an error's members, so that the page is their only list.</summary>
public sealed class ErrorPageTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "errors.md"));

    [Fact]
    public void Every_error_code_of_a_tool_is_on_the_errors_page() => Assert.All(
        Enum.GetValues<CheckoutErrorCode>(),
        code => Assert.Contains(
            $"| `{CheckoutErrorJson.NameOf(code)}` | {CheckoutErrorJson.NameOf(CheckoutError.Of(code, "").Severity)} |", s_page, StringComparison.Ordinal));
}
