using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>A handwritten client of revision 2026-07-28 for requests that the SDK's client never sends. It declares URL-mode elicitation.</summary>
internal sealed class RawClient(Uri address) : IDisposable
{
    private const string Revision = "2026-07-28";

    private readonly HttpClient _http = new() { BaseAddress = address };

    /// <summary>The JSON-RPC result of a tool call.</summary>
    public async Task<JsonElement> CallAsync(
        string tool, IReadOnlyDictionary<string, object?> arguments, string? requestState = null, object? inputResponses = null)
    {
        var parameters = new JsonObject
        {
            ["name"] = tool,
            ["arguments"] = JsonSerializer.SerializeToNode(arguments),
            ["_meta"] = new JsonObject
            {
                ["io.modelcontextprotocol/protocolVersion"] = Revision,
                ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject { ["elicitation"] = new JsonObject { ["url"] = new JsonObject() } },
                ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "raw", ["version"] = "1" },
            },
        };
        if (requestState is not null)
        {
            parameters["requestState"] = requestState;
        }

        if (inputResponses is not null)
        {
            parameters["inputResponses"] = JsonSerializer.SerializeToNode(inputResponses);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp")
        {
            Content = JsonContent.Create(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = "tools/call", ["params"] = parameters }),
        };
        request.Headers.Add("Accept", "application/json, text/event-stream");
        request.Headers.Add("MCP-Protocol-Version", Revision);
        request.Headers.Add("Mcp-Method", "tools/call");
        request.Headers.Add("Mcp-Name", tool);
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        // event: message, data: {…}
        var data = body.Split('\n').FirstOrDefault(line => line.StartsWith("data:", StringComparison.Ordinal))?["data:".Length..] ?? body;
        var message = JsonElement.Parse(data);
        Assert.True(message.TryGetProperty("result", out var result), body);
        return result;
    }

    public void Dispose() => _http.Dispose();
}
