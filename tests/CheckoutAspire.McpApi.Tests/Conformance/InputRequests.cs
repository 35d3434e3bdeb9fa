using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests.Conformance;

/// <summary>Input requests to the conformance runner, and its responses.</summary>
internal static class InputRequests
{
    public static InputRequest AskText(string message, string property) =>
        Ask(message, property, new ElicitRequestParams.StringSchema());

    public static InputRequest AskConsent(string message, string property) =>
        Ask(message, property, new ElicitRequestParams.BooleanSchema());

    public static InputRequest Sample(string prompt) => InputRequest.ForSampling(new CreateMessageRequestParams
    {
        Messages = [new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = prompt }] }],
        MaxTokens = 100,
    });

    public static InputRequest Roots() => InputRequest.ForRootsList(new ListRootsRequestParams());

    /// <summary>The text from the user, or null if the response is absent or of another kind.</summary>
    public static string? TextOf(IDictionary<string, InputResponse>? responses, string key, string property) =>
        Read(responses, key, response => response.Deserialize(InputResponse.ElicitResultJsonTypeInfo)) is { Action: "accept", Content: { } content }
        && content.TryGetValue(property, out var value)
        && value.ValueKind is JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>The response with a key, or null if it is absent or of another kind.</summary>
    public static T? Read<T>(IDictionary<string, InputResponse>? responses, string key, Func<InputResponse, T?> read)
        where T : class
    {
        try
        {
            return responses is not null && responses.TryGetValue(key, out var response) ? read(response) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static InputRequest Ask(string message, string property, ElicitRequestParams.PrimitiveSchemaDefinition schema) =>
        InputRequest.ForElicitation(new ElicitRequestParams
        {
            Message = message,
            RequestedSchema = new ElicitRequestParams.RequestSchema
            {
                Properties = new Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> { [property] = schema },
                Required = [property],
            },
        });
}
