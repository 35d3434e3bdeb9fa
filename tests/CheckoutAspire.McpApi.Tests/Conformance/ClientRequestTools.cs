using System.ComponentModel;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Tests.Conformance;

/// <summary>The conformance runner's tools that send requests to the client, as protocol 2025-11-25 and older allow.</summary>
[McpServerToolType]
internal sealed class ClientRequestTools
{
    [McpServerTool(Name = "test_sampling"), Description("Asks the client's model.")]
    public static Task<string> SampleAsync(McpServer server, string prompt, CancellationToken cancellationToken) => ReportAsync(async () =>
    {
        var sampled = await server.SampleAsync(
            new CreateMessageRequestParams
            {
                Messages = [new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = prompt }] }],
                MaxTokens = 100,
            },
            cancellationToken);
        return $"LLM response: {sampled.Content.OfType<TextContentBlock>().FirstOrDefault()?.Text}";
    });

    [McpServerTool(Name = "test_elicitation"), Description("Asks the user.")]
    public static Task<string> ElicitAsync(McpServer server, string message, CancellationToken cancellationToken) =>
        ElicitAsync(server, message, cancellationToken, ("response", new ElicitRequestParams.StringSchema { Description = "The answer." }));

    [McpServerTool(Name = "test_elicitation_sep1034_defaults"), Description("Asks with a default for each kind of value.")]
    public static Task<string> DefaultsAsync(McpServer server, CancellationToken cancellationToken) => ElicitAsync(
        server,
        "Defaults of each kind of value",
        cancellationToken,
        ("name", new ElicitRequestParams.StringSchema { Default = "John Doe" }),
        ("age", new ElicitRequestParams.NumberSchema { Type = "integer", Default = 30 }),
        ("score", new ElicitRequestParams.NumberSchema { Default = 95.5 }),
        ("status", new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["active", "inactive", "pending"], Default = "active" }),
        ("verified", new ElicitRequestParams.BooleanSchema { Default = true }));

    [McpServerTool(Name = "test_elicitation_sep1330_enums"), Description("Asks with each kind of choice.")]
    public static Task<string> EnumsAsync(McpServer server, CancellationToken cancellationToken) => ElicitAsync(
        server,
        "Each kind of choice",
        cancellationToken,
        ("untitledSingle", new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["option1", "option2", "option3"] }),
        ("titledSingle", new ElicitRequestParams.TitledSingleSelectEnumSchema { OneOf = Titled() }),
        ("legacyEnum", new ElicitRequestParams.LegacyTitledEnumSchema { Enum = ["opt1", "opt2", "opt3"], EnumNames = ["One", "Two", "Three"] }),
        ("untitledMulti", new ElicitRequestParams.UntitledMultiSelectEnumSchema { Items = new() { Enum = ["option1", "option2", "option3"] } }),
        ("titledMulti", new ElicitRequestParams.TitledMultiSelectEnumSchema { Items = new() { AnyOf = Titled() } }));

    private static ElicitRequestParams.EnumSchemaOption[] Titled() =>
        [new() { Const = "value1", Title = "First" }, new() { Const = "value2", Title = "Second" }, new() { Const = "value3", Title = "Third" }];

    private static Task<string> ElicitAsync(
        McpServer server,
        string message,
        CancellationToken cancellationToken,
        params (string Name, ElicitRequestParams.PrimitiveSchemaDefinition Schema)[] properties) => ReportAsync(async () =>
    {
        var answer = await server.ElicitAsync(
            new ElicitRequestParams
            {
                Message = message,
                RequestedSchema = new() { Properties = properties.ToDictionary(property => property.Name, property => property.Schema) },
            },
            cancellationToken);
        return $"User response: action={answer.Action}";
    });

    // If the client lacks the capability, the result says so.
    private static async Task<string> ReportAsync(Func<Task<string>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception) when (exception is InvalidOperationException or McpException)
        {
            return $"The client cannot be asked: {exception.Message}";
        }
    }
}
