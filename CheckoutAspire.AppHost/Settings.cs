using System.Text.Json;
using Aspire.Hosting.Publishing;

namespace CheckoutAspire.AppHost;

/// <summary>The application cannot start with these settings. The message is one sentence for the user and shows no secret.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);

/// <summary>An environment variable that a person may set. <c>docs/configuration.md</c> describes each in full.</summary>
internal sealed record Setting(string Variable, string Services, string Description, bool Secret, bool Required, bool RunOnly, bool PublishOnly)
{
    /// <summary>The parameter's name: <c>stripe-secret-key</c> for <c>STRIPE_SECRET_KEY</c>.</summary>
    public string ParameterName => Variable.Replace("__", "-", StringComparison.Ordinal).Replace('_', '-').ToLowerInvariant();
}

/// <summary>The settings, from <c>settings.json</c>. A run has a parameter for each that is set; a manifest has one for each that can be set.</summary>
internal static class Settings
{
    public static IReadOnlyList<Setting> All { get; } =
        JsonSerializer.Deserialize<Setting[]>(typeof(Settings).Assembly.GetManifestResourceStream("settings.json")!, JsonSerializerOptions.Web)!;

    /// <summary>The configured value, trimmed, or null.</summary>
    public static string? Read(this IDistributedApplicationBuilder builder, string variable) =>
        builder.Configuration[variable.Replace("__", ":", StringComparison.Ordinal)] is { } value && !string.IsNullOrWhiteSpace(value) ? value.Trim() : null;

    /// <summary>The parameter that holds a setting; null where it is not set.</summary>
    public static IResourceBuilder<ParameterResource>? Parameter(this IDistributedApplicationBuilder builder, string variable)
    {
        var (setting, name, value) = (Named(variable), Named(variable).ParameterName, builder.Read(variable));
        if (builder.Resources.OfType<ParameterResource>().FirstOrDefault(parameter => parameter.Name == name) is { } known)
        {
            return builder.CreateResourceBuilder(known);
        }

        var parameter = builder.ExecutionContext.IsRunMode
            ? setting.PublishOnly || value is null ? null : builder.AddParameter(name, () => value, secret: setting.Secret)
            : setting.RunOnly ? null
            : setting.Required ? builder.AddParameter(name, setting.Secret)
            : builder.AddParameter(name, new EmptyDefault(), setting.Secret);
        return parameter?.WithDescription(setting.Description);
    }

    /// <summary>A secret that is generated once and kept in the AppHost's user secrets. An isolated run keeps none.</summary>
    public static IResourceBuilder<ParameterResource> AddGeneratedSecret(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { MinLength = 32, Special = false }, secret: true, persist: !builder.IsIsolated())
            .WithDescription("Generated, and kept in the AppHost's user secrets.");

    /// <summary>Adds a service with its settings, both probes and a link to its health.</summary>
    public static IResourceBuilder<ProjectResource> AddService<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new()
    {
        var service = builder.AddProject<TProject>(name)
            .WithHttpProbe(ProbeType.Readiness, "/health")
            .WithHttpProbe(ProbeType.Liveness, "/alive")
            .WithUrlForEndpoint("http", _ => new() { Url = "/health", DisplayText = "Health" })
            .WithEnvironment("OTEL_EXPORTER_OTLP_TIMEOUT", "1000") // The dashboard may stop first, and a service that stops must not wait for it.
            .WithoutHttpsCertificate();
        foreach (var setting in All.Where(setting => setting.Services.Split(' ').Contains(name)))
        {
            _ = builder.Parameter(setting.Variable) is { } parameter ? service.WithEnvironment(setting.Variable, parameter) : service;
        }

        return service;
    }

    private static Setting Named(string variable) => All.Single(setting => setting.Variable == variable);

    /// <summary>The default of an optional parameter in a manifest.</summary>
    private sealed class EmptyDefault : ParameterDefault
    {
        public override string GetDefaultValue() => "";
        public override void WriteToManifest(ManifestPublishingContext context) => context.Writer.WriteString("value", "");
    }
}
