using System.Reflection;
using System.Text.RegularExpressions;
using CheckoutAspire.AppHost;
using CheckoutAspire.AppHost.LocalHost;
using CheckoutAspire.EndToEnd.Tests.Infrastructure;
using CheckoutAspire.Orders.Events;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>What the pages list is what there is.</summary>
public sealed partial class DocumentationTests(Shop shop)
{
    private static readonly string s_root = LocalLayout.Of(AppContext.BaseDirectory).Root;

    public static TheoryData<string> Pages() => [.. new[] { "README.md", "AGENTS.md", "CHANGELOG.md" }
        .Concat(Directory.GetFiles(Path.Combine(s_root, "docs"), "*.md", SearchOption.AllDirectories))
        .Select(page => Path.GetRelativePath(s_root, Path.Combine(s_root, page)))];

    [Fact]
    public void Every_variable_is_on_the_configuration_page()
    {
        var page = Read("docs/configuration.md");

        Assert.All(Variables.All, name => Assert.Contains($"| `{name}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_code_of_a_tool_s_error_is_on_the_errors_page()
    {
        await using var agent = await Agent.ConnectAsync(shop);
        var page = Read("docs/errors.md");

        var codes = (await agent.OutputSchemaAsync("initiate_checkout")).GetProperty("properties").GetProperty("code").GetProperty("enum");

        Assert.NotEqual(0, codes.GetArrayLength());
        Assert.All(codes.EnumerateArray(), code => Assert.Contains($"| `{code}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_readme_names_every_event_to_register_at_Stripe()
    {
        var readme = Read("README.md");
        var types = typeof(HandledEvents).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!)
            .Where(type => !type.StartsWith("checkout_aspire.", StringComparison.Ordinal));

        Assert.All(types, type => Assert.Contains($"`{type}`", readme, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_between_the_pages_leads_somewhere(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(s_root, page))!;

        Assert.All(
            Link().Matches(Read(page)).Select(match => match.Groups[1].Value),
            link => Assert.True(File.Exists(Path.Combine(folder, link)), $"{page} links to {link}, which is not there."));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(s_root, page));

    /// <summary>The file of <c>[text](docs/errors.md#webhook)</c>; not of an address on the web.</summary>
    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)(#[^)]*)?\)")]
    private static partial Regex Link();
}
