using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Tests.Conformance;

/// <summary>
/// The conformance runner's tools that request input before they return a result
/// (<see href="https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/mrtr">multi round-trip requests</see>).
/// </summary>
[McpServerToolType]
internal sealed class InputRequiredTools
{
    private const string State = "conformance-state";
    private const string FirstRound = "round-1";
    private const string SecondRound = "round-2";

    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);

    [McpServerTool(Name = "test_input_required_result_elicitation"), Description("Asks for the user's name.")]
    public static CallToolResult Elicitation(RequestContext<CallToolRequestParams> request) =>
        InputRequests.TextOf(request.Params.InputResponses, "user_name", "name") is { } name
            ? ConformanceContent.Text($"Hello, {name}!")
            : throw Needs(null, ("user_name", InputRequests.AskText("What is your name?", "name")));

    [McpServerTool(Name = "test_incomplete_result_elicitation"), Description("Asks for the user's name again until it is given.")]
    public static CallToolResult MissingResponse(RequestContext<CallToolRequestParams> request) => Elicitation(request);

    [McpServerTool(Name = "test_input_required_result_sampling"), Description("Asks the client's model.")]
    public static CallToolResult Sampling(RequestContext<CallToolRequestParams> request)
    {
        var sampled = InputRequests.Read(
            request.Params.InputResponses, "capital_question", response => response.Deserialize(InputResponse.CreateMessageResultJsonTypeInfo));
        return sampled?.Content.OfType<TextContentBlock>().FirstOrDefault() is { } text
            ? ConformanceContent.Text($"The model says: {text.Text}")
            : throw Needs(null, ("capital_question", InputRequests.Sample("What is the capital of France?")));
    }

    [McpServerTool(Name = "test_input_required_result_list_roots"), Description("Asks for the client's roots.")]
    public static CallToolResult ListRoots(RequestContext<CallToolRequestParams> request)
    {
        var listed = InputRequests.Read(
            request.Params.InputResponses, "client_roots", response => response.Deserialize(InputResponse.ListRootsResultJsonTypeInfo));
        return listed is not null
            ? ConformanceContent.Text($"The client has {listed.Roots.Count} roots.")
            : throw Needs(null, ("client_roots", InputRequests.Roots()));
    }

    [McpServerTool(Name = "test_input_required_result_request_state"), Description("Receives its state back from the client.")]
    public static CallToolResult RequestState(RequestContext<CallToolRequestParams> request) => request.Params.RequestState switch
    {
        null => throw Needs(State, ("confirm", InputRequests.AskConsent("Please confirm", "ok"))),
        State => ConformanceContent.Text("state-ok"),
        _ => throw new McpProtocolException("requestState was not issued by this server.", McpErrorCode.InvalidParams),
    };

    [McpServerTool(Name = "test_input_required_result_multiple_inputs"), Description("Asks user, model and client at once.")]
    public static CallToolResult MultipleInputs(RequestContext<CallToolRequestParams> request) =>
        request.Params.InputResponses is { Count: >= 3 }
            ? ConformanceContent.Text("multiple-inputs-ok")
            : throw Needs(
                State,
                ("user_name", InputRequests.AskText("What is your name?", "name")),
                ("greeting", InputRequests.Sample("Write a greeting.")),
                ("client_roots", InputRequests.Roots()));

    [McpServerTool(Name = "test_input_required_result_multi_round"), Description("Asks twice.")]
    public static CallToolResult MultiRound(RequestContext<CallToolRequestParams> request) => request.Params.RequestState switch
    {
        null => throw Needs(FirstRound, ("step1", InputRequests.AskText("What is your name?", "name"))),
        FirstRound => throw Needs(SecondRound, ("step2", InputRequests.AskText("What is your favorite color?", "color"))),
        _ => ConformanceContent.Text("multi-round-ok"),
    };

    [McpServerTool(Name = "test_input_required_result_tampered_state"), Description("Signs its state and rejects any other.")]
    public static CallToolResult TamperedState(RequestContext<CallToolRequestParams> request)
    {
        if (request.Params.RequestState is not { } state)
        {
            throw Needs(Sign(Guid.NewGuid().ToString("N")), ("confirm", InputRequests.AskConsent("Please confirm", "ok")));
        }

        var expected = Sign(state.Split('.')[0]);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(state))
            ? ConformanceContent.Text("tampered-state-ok")
            : throw new McpProtocolException("requestState was not signed by this server.", McpErrorCode.InvalidParams);
    }

    [McpServerTool(Name = "test_input_required_result_capabilities"), Description("Requests only the input that the client declares.")]
    public static CallToolResult Capabilities(RequestContext<CallToolRequestParams> request)
    {
        if (request.Params.InputResponses is { Count: > 0 })
        {
            return ConformanceContent.Text("capabilities-ok");
        }

        var declared = request.JsonRpcRequest.Context?.ClientCapabilities;
        List<(string, InputRequest)> inputs = [];
        if (declared?.Sampling is not null)
        {
            inputs.Add(("capital_question", InputRequests.Sample("What is the capital of France?")));
        }

        if (declared?.Elicitation is not null)
        {
            inputs.Add(("user_name", InputRequests.AskText("What is your name?", "name")));
        }

        if (declared?.Roots is not null)
        {
            inputs.Add(("client_roots", InputRequests.Roots()));
        }

        return inputs.Count > 0 ? throw Needs(null, [.. inputs]) : ConformanceContent.Text("capabilities-ok");
    }

    private static InputRequiredException Needs(string? state, params (string Key, InputRequest Input)[] inputs) =>
        new(inputs.ToDictionary(input => input.Key, input => input.Input, StringComparer.Ordinal), state);

    private static string Sign(string nonce) =>
        $"{nonce}.{Convert.ToHexStringLower(HMACSHA256.HashData(s_key, Encoding.UTF8.GetBytes(nonce)))}";
}
