using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Tests.Infrastructure;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>The shape check itself finds wrong shapes.</summary>
[Trait("loop", "long")]
public sealed class StripeTypesTests : IDisposable
{
    private readonly SandboxServer _sandbox = new();
    private readonly Shapes _shapes;

    public StripeTypesTests() => _shapes = new Shapes(_sandbox);

    public void Dispose()
    {
        _shapes.Dispose();
        _sandbox.Dispose();
    }

    [Theory]
    [InlineData("{\"unknown\":1}", "unknown")]
    [InlineData("{\"created\":null}", "null")]
    [InlineData("{\"status\":\"finished\"}", "finished")]
    [InlineData("{\"automatic_tax\":{}}", "missing")]
    public async Task The_check_finds_wrong_shapes(string change, string finding)
    {
        var specimen = await _shapes.ReadAsync($"/v1/checkout/sessions/{(await _sandbox.CreateAsync()).Id}");
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            specimen.Json[name] = value?.DeepClone();
        }

        Assert.Contains(finding, Assert.Single(await StripeTypes.CheckAsync([specimen])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_check_looks_into_events_and_expanded_objects()
    {
        var session = await _sandbox.CreateAsync();
        await _sandbox.PayByCardAsync(session);
        var events = await _shapes.ReadAsync("/v1/events?type=charge.succeeded");
        var recorded = StripeTypes.Specimen("event", events.Json["data"]![0]!.DeepClone());
        recorded.Json["data"]!["object"]!["outcome"]!["mood"] = "good";
        var expanded = await _shapes.ReadAsync($"/v1/checkout/sessions/{session.Id}?expand[]=payment_intent.latest_charge");
        expanded.Json["payment_intent"]!["latest_charge"]!["outcome"]!["mood"] = "good";

        var findings = await StripeTypes.CheckAsync([recorded, expanded]);

        Assert.All(findings, finding => Assert.Contains("mood", finding, StringComparison.Ordinal));
        Assert.Equal(2, findings.Count);
    }
}
