using System.Text.RegularExpressions;
using CheckoutAspire.McpApi.Tests.Infrastructure;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;

namespace CheckoutAspire.McpApi.Tests.Conformance;

/// <summary>
/// The protocol's own conformance suite (<see href="https://github.com/modelcontextprotocol/conformance"/>) against the real endpoint, with
/// authentication, rate limits and audit in place.
/// </summary>
[Trait("loop", "long")]
public sealed partial class ConformanceTests(RedisFixture redis) : McpApiTest(redis)
{
    // The runner needs a newer Node.js than distributions carry, which the first package provides.
    private static readonly string[] s_runner =
        ["-y", "-p", "node@22.23.3", "-p", "@modelcontextprotocol/conformance@0.2.0-alpha.12", "conformance", "server"];

    [Theory]
    [InlineData("2025-11-25", 30)]
    [InlineData("2026-07-28", 37)]
    public async Task Every_required_scenario_passes(string revision, int required)
    {
        var results = Directory.CreateTempSubdirectory("checkout-conformance-");
        try
        {
            string[] arguments = [.. s_runner, "--url", new Uri(Factory.Address, "/mcp").ToString(), "--requirements", revision, "-o", results.FullName];
            var run = await ChildProcess.RunAsync("npx", arguments, Cancellation, new Dictionary<string, string>
            {
                ["NODE_OPTIONS"] = $"--require \"{Path.Combine(AppContext.BaseDirectory, "Clients", "patient-fetch.cjs")}\"",
            });
            var report = run.Output + run.Error;

            // Scenarios that the revision does not require (extensions, drafts) run too, and are listed after the total.
            var (summary, unscored) = Split(report);
            var scenarios = Scenario().Matches(summary)
                .ToDictionary(match => match.Groups["name"].Value, match => match.Groups["mark"].Value == "✓", StringComparer.Ordinal);
            foreach (var name in Scenario().Matches(unscored).Select(match => match.Groups["name"].Value))
            {
                scenarios.Remove(name);
            }

            await ReportAsync(revision, scenarios.Values.Count(passed => passed), required);
            Assert.True(scenarios.Values.All(passed => passed) && run.ExitCode == 0, report);
            Assert.Equal(required, scenarios.Count);
        }
        finally
        {
            results.Delete(recursive: true);
        }
    }

    protected override void Configure(IWebHostBuilder builder)
    {
        builder.ConfigureTestServices(services => services.AddConformanceFixtures());
        builder.UseSetting("Logging:LogLevel:ModelContextProtocol", "None");
    }

    // ./test prints this line.
    private static async Task ReportAsync(string revision, int passed, int required)
    {
        if (Environment.GetEnvironmentVariable("CONFORMANCE_REPORT") is { Length: > 0 } directory)
        {
            await File.WriteAllTextAsync(
                Path.Combine(directory, revision), $"MCP conformance {revision}: {passed} of {required} required server scenarios pass\n", Cancellation);
        }
    }

    private static (string Summary, string Unscored) Split(string report)
    {
        var parts = report.Split("=== SUMMARY ===")[^1].Split("\nNot scored");
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    /// <summary><c>✓ server-stateless: 28 passed, 0 failed</c>; after the total, <c>✗ tasks-lifecycle (extension)</c>.</summary>
    [GeneratedRegex(@"^ *(?<mark>[✓✗]) (?<name>[\w-]+)(:| \()", RegexOptions.Multiline)]
    private static partial Regex Scenario();
}
