using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace CheckoutAspire.McpApi.Tests.Conformance;

/// <summary>The conformance runner's prompts.</summary>
[McpServerPromptType]
internal sealed class ConformancePrompts
{
    [McpServerPrompt(Name = "test_simple_prompt"), Description("Has no argument.")]
    public static string Simple() => "This is a simple prompt for testing.";

    [McpServerPrompt(Name = "test_prompt_with_arguments"), Description("Has two arguments.")]
    public static string WithArguments([Description("The first.")] string arg1, [Description("The second.")] string arg2) =>
        $"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'";

    [McpServerPrompt(Name = "test_prompt_with_embedded_resource"), Description("Embeds a resource.")]
    public static IEnumerable<PromptMessage> WithEmbeddedResource([Description("The resource's address.")] string resourceUri) =>
    [
        new() { Role = Role.User, Content = ConformanceContent.Resource(resourceUri) },
        new() { Role = Role.User, Content = new TextContentBlock { Text = "Please process the embedded resource above." } },
    ];

    [McpServerPrompt(Name = "test_prompt_with_image"), Description("Holds an image.")]
    public static IEnumerable<PromptMessage> WithImage() =>
    [
        new() { Role = Role.User, Content = ConformanceContent.Image() },
        new() { Role = Role.User, Content = new TextContentBlock { Text = "Please analyze the image above." } },
    ];

    [McpServerPrompt(Name = "test_input_required_result_prompt"), Description("Asks the user before it answers.")]
    public static GetPromptResult InputRequired(RequestContext<GetPromptRequestParams> request) =>
        InputRequests.TextOf(request.Params.InputResponses, "user_context", "context") is { } context
            ? new GetPromptResult
            {
                Messages = [new PromptMessage { Role = Role.User, Content = new TextContentBlock { Text = $"Use this context: {context}" } }],
            }
            : throw new InputRequiredException(
                new Dictionary<string, InputRequest> { ["user_context"] = InputRequests.AskText("What context should the prompt use?", "context") });
}
