using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests;

/// <summary>The pages list exactly what the code has.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages() => [.. Directory.GetFiles(Repository.Root, "*.md")
        .Concat(Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
        .Concat(Directory.GetDirectories(Repository.Root, "CheckoutAspire.*").SelectMany(project => Directory.GetFiles(project, "*.md")))
        .Select(page => Path.GetRelativePath(Repository.Root, page))];

    [Fact]
    public void Every_setting_of_the_AppHost_is_on_the_configuration_page()
    {
        var page = Read("docs/configuration.md");

        // [{"variable":"STRIPE_SECRET_KEY","services":"","description":"…"},…]
        var settings = JsonElement.Parse(Read("CheckoutAspire.AppHost/settings.json")).EnumerateArray().Select(setting => setting.GetProperty("variable").GetString());

        Assert.All(settings, name => Assert.Contains($"| `{name}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Going_live_names_every_event_to_register_at_Stripe()
    {
        var page = Read("docs/going-live.md");
        var types = typeof(HandledEvents).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral)
            .Select(field => (string)field.GetRawConstantValue()!)
            .Where(type => !type.StartsWith("checkout_aspire.", StringComparison.Ordinal));

        Assert.All(types, type => Assert.Contains($"`{type}`", page, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_between_the_pages_leads_to_a_file(string page)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, page))!;

        Assert.All(
            Link().Matches(Read(page)).Select(match => match.Groups[1].Value),
            link => Assert.True(Path.Exists(Path.Combine(folder, link)), $"{page} links to {link}, which does not exist."));
    }

    private static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));

    /// <summary>The file of <c>[text](docs/errors.md#webhook)</c>. Addresses on the web do not match.</summary>
    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)(#[^)]*)?\)")]
    private static partial Regex Link();
}
