using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace CheckoutAspire.AppHost.Hosting;

/// <summary>The application's variables in Aspire's terms: each is a parameter, kept in configuration under its own name.</summary>
internal static class CheckoutConfigurationExtensions
{
    /// <summary>
    /// In run mode, resolves the configuration as <see cref="CheckoutConfiguration"/> says. A manifest is of a live application: its
    /// parameters have no value of this machine.
    /// </summary>
    /// <returns>False when the application cannot start so; the reason is on the standard error.</returns>
    public static bool TryAddCheckoutConfiguration(this IDistributedApplicationBuilder builder, Topology topology, out StripeMode mode)
    {
        mode = StripeMode.Live;
        if (builder.ExecutionContext.IsPublishMode)
        {
            return true;
        }

        try
        {
            if (builder.Environment.IsDevelopment())
            {
                DotEnv.Load(Path.Combine(Root(builder), ".env"));
            }

            var configuration = CheckoutConfiguration.Resolve(
                name => builder.Configuration[Variables.ConfigurationKey(name)] ?? Environment.GetEnvironmentVariable(name),
                topology,
                builder.Data());
            mode = configuration.Mode;
            builder.Configuration.AddInMemoryCollection(configuration.Values.Select(
                variable => KeyValuePair.Create<string, string?>(Variables.ConfigurationKey(variable.Key), variable.Value)));

            // Aspire's resources inherit this process's environment, and a service is to have its own variables only.
            foreach (var name in Variables.All)
            {
                Environment.SetEnvironmentVariable(name, null);
            }

            return true;
        }
        catch (ConfigurationException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return false;
        }
    }

    /// <summary>Gives a resource those of <paramref name="names"/> that are set, and in a manifest those that a deployment needs. Redis comes by reference.</summary>
    public static IResourceBuilder<T> WithVariables<T>(this IResourceBuilder<T> resource, IEnumerable<string> names)
        where T : IResourceWithEnvironment
    {
        var builder = resource.ApplicationBuilder;
        foreach (var name in names.Where(name => name != Variables.Redis && builder.Has(name)))
        {
            resource.WithEnvironment(name, builder.Variable(name));
        }

        return resource;
    }

    /// <summary>The parameter that holds a variable: <c>stripe-secret-key</c> for <c>STRIPE_SECRET_KEY</c>.</summary>
    public static IResourceBuilder<ParameterResource> Variable(this IDistributedApplicationBuilder builder, string name)
    {
        var key = Variables.ConfigurationKey(name);
        var parameter = key.Replace(':', '-').Replace('_', '-').ToLowerInvariant();
        return builder.Resources.OfType<ParameterResource>().FirstOrDefault(existing => existing.Name == parameter) is { } known
            ? builder.CreateResourceBuilder(known)
            : builder.AddParameterFromConfiguration(parameter, key, secret: Variables.IsSecret(name));
    }

    /// <summary>This machine's data, beside the projects.</summary>
    public static DataDirectory Data(this IDistributedApplicationBuilder builder) => new(Path.Combine(Root(builder), ".data"));

    private static string Root(IDistributedApplicationBuilder builder) => Path.GetDirectoryName(Path.GetFullPath(builder.AppHostDirectory))!;

    private static bool Has(this IDistributedApplicationBuilder builder, string name)
    {
        var isSet = !string.IsNullOrWhiteSpace(builder.Configuration[Variables.ConfigurationKey(name)]);
        return builder.ExecutionContext.IsRunMode
            ? isSet
            : Variables.RequiredToDeploy.Contains(name) || (isSet && !Variables.DevelopmentOnly.Contains(name));
    }
}
