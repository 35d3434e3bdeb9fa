using System.Text.Json;
using System.Text.RegularExpressions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Operations.Tests;

/// <summary>
/// The rules for Prometheus, the dashboard for Grafana and the page about telemetry name the metrics that the services have, as Prometheus names what it
/// receives by OTLP: dots become underscores, units are appended (<c>s</c> as <c>seconds</c>, <c>By</c> as <c>bytes</c>, <c>{order}</c> not at all), and
/// counters end in <c>_total</c>.
/// </summary>
public sealed partial class MetricsTests
{
    private static readonly string[] s_services = ["CheckoutAspire.McpApi", "CheckoutAspire.Webhooks", "CheckoutAspire.Worker", "CheckoutAspire.Operations"];
    private static readonly string[] s_sources =
    [
        .. s_services.SelectMany(service => Directory.EnumerateFiles(Path.Combine(Repository.Root, service), "*.cs", SearchOption.AllDirectories)).Select(File.ReadAllText),
    ];
    private static readonly (string Name, string Unit, bool IsCounter)[] s_instruments =
    [
        .. s_sources.SelectMany(source => Instrument().Matches(source))
            .Select(match => (match.Groups["name"].Value, match.Groups["unit"].Value, match.Groups["kind"].Value == "Counter")),
    ];
    private static readonly string[] s_tags =
        [.. s_sources.SelectMany(source => Tag().Matches(source)).Select(match => match.Groups[1].Value.Replace('.', '_')).Distinct()];

    [Theory]
    [InlineData("deploy/prometheus-rules.yml")]
    [InlineData("deploy/grafana-dashboard.json")]
    public void Rules_and_dashboard_use_metrics_and_tags_that_exist(string file)
    {
        var metrics = s_instruments.Select(ToPrometheus).ToHashSet(StringComparer.Ordinal);
        var used = Used().Matches(Read(file)).Select(match => match.Value).Distinct().ToArray();

        string[] unknown = [.. used.Where(name => !metrics.Contains(name) && !s_tags.Contains(name))];
        Assert.InRange(used.Length, 10, 100);
        Assert.Empty(unknown);
    }

    [Fact]
    public void The_dashboard_is_JSON_that_shows_every_metric()
    {
        var dashboard = Read("deploy/grafana-dashboard.json");
        using var parsed = JsonDocument.Parse(dashboard);

        string[] missing = [.. s_instruments.Select(ToPrometheus).Where(metric => !dashboard.Contains(metric, StringComparison.Ordinal))];
        Assert.NotEmpty(parsed.RootElement.GetProperty("panels").EnumerateArray());
        Assert.Empty(missing);
    }

    [Fact]
    public void The_page_about_telemetry_lists_every_metric_with_its_unit()
    {
        var page = Read("docs/telemetry.md");

        string[] missing =
        [
            .. s_instruments.Where(instrument => !page.Contains($"| `{instrument.Name}` | `{instrument.Unit}` |", StringComparison.Ordinal)).Select(instrument => instrument.Name),
        ];
        Assert.InRange(s_instruments.Length, 20, 100);
        Assert.Empty(missing);
    }

    private static string ToPrometheus((string Name, string Unit, bool IsCounter) instrument) => instrument.Name.Replace('.', '_')
        + instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" }
        + (instrument.IsCounter ? "_total" : "");

    private static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    /// <summary>Matches <c>CreateCounter&lt;long&gt;("checkout.worker.processed", "{entry}",</c>, also over several lines.</summary>
    [GeneratedRegex("""Create(Observable)?(?<kind>Counter|Gauge)(<\w+>)?\(\s*"(?<name>checkout\.[a-z_.]+)".*?"(?<unit>\{[a-z]+\}|s|By)"\s*,""", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Instrument();

    [GeneratedRegex(""" "(checkout\.[a-z_.]+)" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Tag();

    [GeneratedRegex("checkout_[a-z_]+")]
    private static partial Regex Used();
}
