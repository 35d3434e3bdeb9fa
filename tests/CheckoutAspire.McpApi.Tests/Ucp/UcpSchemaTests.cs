using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.Orders.Transitions;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.McpApi.Tests.Ucp;

/// <summary>
/// Validates responses with independent validators: ajv, the protocol's JavaScript SDK and, if <c>UCP_SPECIFICATION</c> is the
/// <c>source</c> directory of the protocol's repository, its own JSON Schemas, which no package registry carries.
/// </summary>
[Trait("loop", "long")]
public sealed class UcpSchemaTests(RedisFixture redis) : UcpTest(redis)
{
    private readonly JsonArray _answers = [];

    [Fact]
    public async Task Every_response_is_valid_by_the_protocols_schemas()
    {
        await VisitEveryStateAsync();
        var folder = Directory.CreateTempSubdirectory("ucp-schemas-");
        try
        {
            File.Copy(Path.Combine(AppContext.BaseDirectory, "validate.mjs"), Path.Combine(folder.FullName, "validate.mjs"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "answers.json"), (await DescribeAsync()).ToJsonString(), Cancellation);

            // The script imports the packages that are next to it.
            var packages = Path.GetDirectoryName(Path.GetDirectoryName(Repository.Npm("ajv/package.json")))!;
            Directory.CreateSymbolicLink(Path.Combine(folder.FullName, "node_modules"), packages);

            string[] specification = Environment.GetEnvironmentVariable("UCP_SPECIFICATION") is { Length: > 0 } source ? [source] : [];
            var verdict = (await ChildProcess.RunAsync("node", ["validate.mjs", "answers.json", .. specification], Cancellation, directory: folder.FullName)).Required;

            var line = Assert.Single(verdict.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.EndsWith(" checks", line, StringComparison.Ordinal);
            Assert.True(_answers.Count > 20);
            TestContext.Current.TestOutputHelper!.WriteLine(line);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private protected override void Observe(string tool, JsonObject arguments, JsonElement structured) => _answers.Add(new JsonObject
    {
        ["tool"] = tool,
        ["arguments"] = arguments.DeepClone(),
        ["structured"] = JsonNode.Parse(structured.GetRawText()),
    });

    private async Task VisitEveryStateAsync()
    {
        // No product, an unknown product, and too many units.
        await CreateAsync(("nowhere", 1));
        await CreateAsync(("mug-red", 11), ("nowhere", 1));

        var checkout = Lines(("mug-red", 2), ("tea", 1));
        checkout["buyer"] = JsonNode.Parse("""{ "first_name": "Ada", "last_name": "Buyer", "email": "ada@example.com", "phone_number": "+15550100" }""");
        var id = Id(await CallAsync("create_checkout", new JsonObject { ["meta"] = Meta(NewKey()), ["checkout"] = checkout }));
        await UpdateAsync(id, ("mug-red", 1), ("tea", 2));
        await CompleteAsync(id);
        await GetAsync(id);

        // An update of a checkout with an open page opens it again, and its completion replaces the page.
        await UpdateAsync(id, ("tea", 1));
        await GetAsync(id);
        await CompleteAsync(id);
        var sessionId = (await OpenSessionsAsync()).Single();
        await OrderAsync("ord_" + id["chk_".Length..]);
        await Factory.ApplyAsync(sessionId, PaymentStatusChange.Processing);
        await GetAsync(id);
        await Factory.ApplyAsync(sessionId, PaymentStatusChange.Paid, lease: TimeSpan.FromMinutes(1));
        var order = Id((await GetAsync(id)).GetProperty("order"));
        await OrderAsync(order);
        await UpdateAsync(id, ("tea", 2));
        var transitions = Service<OrderTransitions>();
        await transitions.FulfillAsync(sessionId, LedgerKit.NoEntry, fence: 1);
        await transitions.RecordReturnAsync(
            sessionId, LedgerKit.NoEntry, LedgerKit.Return(ReturnKind.Refund, "re_1", "succeeded", 500));
        await transitions.RecordReturnAsync(
            sessionId, LedgerKit.NoEntry, LedgerKit.Return(ReturnKind.Dispute, "du_1", "needs_response", 6399));
        await OrderAsync(order);
        await CancelAsync(id);
        await CompleteAsync(id);

        var failed = Id(await CreateAsync(("tea", 1)));
        await CompleteAsync(failed);
        var failedSession = (await OpenSessionsAsync()).Single(session => session != sessionId);
        await Factory.ApplyAsync(failedSession, PaymentStatusChange.Processing);
        await Factory.ApplyAsync(failedSession, PaymentStatusChange.Failed);
        await GetAsync(failed);

        var reviewed = Id(await CreateAsync(("tea", 1)));
        await CompleteAsync(reviewed);
        await Factory.ApplyAsync(
            (await OpenSessionsAsync()).Single(session => session != sessionId && session != failedSession), PaymentStatusChange.Paid, amount: 1);
        await OrderAsync(Id((await GetAsync(reviewed)).GetProperty("order")));

        var canceled = Id(await CreateAsync(("tea", 1)));
        await CancelAsync(canceled);
        await CompleteAsync(canceled);
        await GetAsync("chk_" + Guid.NewGuid().ToString("N"));
    }

    private async Task<IEnumerable<string>> OpenSessionsAsync() =>
        (await SessionsAsync()).Where(session => session.Status == "open").Select(session => session.Id);

    private async Task<JsonObject> DescribeAsync()
    {
        using var http = new HttpClient();
        var tools = await Client.ListToolsAsync(cancellationToken: Cancellation);
        return new JsonObject
        {
            ["tools"] = new JsonArray([.. tools.Select(tool => new JsonObject
            {
                ["name"] = tool.Name,
                ["inputSchema"] = JsonNode.Parse(tool.JsonSchema.GetRawText()),
                ["outputSchema"] = JsonNode.Parse(tool.ProtocolTool.OutputSchema!.Value.GetRawText()),
            })]),
            ["profile"] = JsonNode.Parse(await http.GetStringAsync(new Uri(Factory.Address, "/.well-known/ucp"), Cancellation)),
            ["answers"] = _answers.DeepClone(),
        };
    }
}
