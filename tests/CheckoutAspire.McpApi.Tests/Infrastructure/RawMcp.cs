using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>Handwritten requests of protocol 2026-07-28, for requests that no client sends and for details of the response that clients hide.</summary>
internal sealed class RawMcp(Uri address) : IDisposable
{
    private const string Version = "2026-07-28";

    // A service that refuses a large body answers before it has read it, and closes the connection: the client must not be sending the body by then.
    private const int LargeBody = 256 * 1024;

    private readonly HttpClient _http = new(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = address };

    public Task<HttpResponseMessage> CallAsync(
        string tool, Dictionary<string, object?> arguments, string? bearer = null, (string Name, string Value)? header = null) =>
        SendAsync(Message("tools/call", tool, JsonSerializer.Serialize(arguments)), "tools/call", tool, bearer, header);

    public Task<HttpResponseMessage> SendAsync(
        string body, string method, string? name = null, string? bearer = null, (string Name, string Value)? header = null, string path = "/mcp")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.ExpectContinue = body.Length > LargeBody;
        request.Headers.Add("MCP-Protocol-Version", Version);
        request.Headers.Add("Mcp-Method", method);
        if (name is not null)
        {
            request.Headers.Add("Mcp-Name", name);
        }

        if (bearer is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        }

        if (header is { } more)
        {
            request.Headers.Add(more.Name, more.Value);
        }

        return _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>The bytes of a call, whose arguments do not have to be an object.</summary>
    public static string Message(string method, string name, string arguments) =>
        $$$"""
        {"jsonrpc":"2.0","id":7,"method":"{{{method}}}","params":{"name":"{{{name}}}","arguments":{{{arguments}}},"_meta":{{{Meta()}}}}}
        """;

    /// <summary>The bytes of <c>tools/list</c>.</summary>
    public static string List => $$$"""{"jsonrpc":"2.0","id":7,"method":"tools/list","params":{"_meta":{{{Meta()}}}}}""";

    /// <summary>The JSON of a response, which is the body or the data of its only event: <c>data: {"jsonrpc":…}</c>.</summary>
    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var json = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? body.Split('\n').Last(line => line.StartsWith("data:", StringComparison.Ordinal))["data:".Length..]
            : body;
        return JsonElement.Parse(json);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A subscription to resources. The response is a stream without an end.</summary>
    public static string Listen(IReadOnlyList<string> uris) =>
        $$$"""
        {"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":{{{JsonSerializer.Serialize(uris)}}}},"_meta":{{{Meta()}}}}}
        """;

    public static string Meta() => new JsonObject
    {
        ["io.modelcontextprotocol/protocolVersion"] = Version,
        ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "tests", ["version"] = "1" },
        ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject(),
    }.ToJsonString();
}
