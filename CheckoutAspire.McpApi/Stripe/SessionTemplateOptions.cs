using System.Collections.Frozen;
using System.Text.Json;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.McpApi.Stripe;

/// <summary>
/// What the seller adds to every session (<c>CHECKOUT_SESSION_TEMPLATE</c>, the path of a JSON file), and what callers may set
/// (<c>CHECKOUT_AGENT_PARAMETERS</c>).
/// </summary>
public sealed class SessionTemplateOptions : IReadOptions
{
    private const string TemplateName = "CHECKOUT_SESSION_TEMPLATE";
    private const string AgentParametersName = "CHECKOUT_AGENT_PARAMETERS";

    private static readonly string[] s_forAgents = [SessionParameters.AllowPromotionCodes, "customer_email", SessionParameters.Locale];

    private static readonly JsonDocumentOptions s_jsonWithComments = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    private readonly List<string> _errors = [];

    /// <summary>The template; no parameters without a file.</summary>
    internal SessionParameters Template { get; private set; } = SessionParameters.None;

    /// <summary>The parameters that callers may set. Promotion codes are the seller's decision.</summary>
    public IReadOnlySet<string> AgentParameters { get; private set; } =
        s_forAgents.Except([SessionParameters.AllowPromotionCodes]).ToFrozenSet(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors => _errors;

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        if (configuration[TemplateName] is { Length: > 0 } path)
        {
            // Relative to the content root, as the host resolves it.
            ReadTemplate(path, Path.GetFullPath(path, Path.GetFullPath(configuration[HostDefaults.ContentRootKey] ?? "", AppContext.BaseDirectory)));
        }

        if (configuration[AgentParametersName] is { Length: > 0 } names)
        {
            var allowed = names == "none" ? [] : names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (allowed.Except(s_forAgents).FirstOrDefault() is { } unknown)
            {
                _errors.Add($"{AgentParametersName} has {unknown}. It must be none, or some of {string.Join(", ", s_forAgents)}, separated by commas.");
            }

            AgentParameters = allowed.ToFrozenSet(StringComparer.Ordinal);
        }
    }

    private void ReadTemplate(string name, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), s_jsonWithComments);
            if (SessionParameters.TryRead(document.RootElement, out var template, out var problem))
            {
                Template = template;
            }
            else
            {
                _errors.Add($"{TemplateName}: {name} {problem}");
            }
        }
        catch (JsonException exception)
        {
            _errors.Add($"{TemplateName}: {name} is not JSON: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _errors.Add($"{TemplateName}: {name} cannot be read.");
        }
    }
}
