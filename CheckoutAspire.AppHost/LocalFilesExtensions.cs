using DotNetEnv;
using DotNetEnv.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Sprache;

namespace CheckoutAspire.AppHost;

/// <summary>The developer's own files at the repository's root: <c>.env</c> and <c>.data</c>.</summary>
internal static class LocalFilesExtensions
{
    /// <summary>Whether this is a test or <c>aspire run --isolated</c>: it shares no port, no <c>.env</c> and no data with other runs.</summary>
    public static bool IsIsolated(this IDistributedApplicationBuilder builder) =>
        builder.Configuration.GetValue<bool>("DcpPublisher:RandomizePorts") || System.Reflection.Assembly.GetEntryAssembly() != builder.AppHostAssembly;

    /// <summary>Reads <c>.env</c> in Development into the configuration, where the environment wins over it.</summary>
    /// <exception cref="ConfigurationException">A line is not <c>NAME=value</c>. Its text is not shown, because it may be a secret.</exception>
    public static void AddDotEnv(this IDistributedApplicationBuilder builder)
    {
        if (builder.Environment.IsDevelopment() && builder.ExecutionContext.IsRunMode && !builder.IsIsolated())
        {
            var file = ReadDotEnv(Path.GetFullPath("../.env", builder.AppHostDirectory));
            builder.Configuration.Sources.Insert(0, new ChainedConfigurationSource { Configuration = file });
        }
    }

    internal static IConfigurationRoot ReadDotEnv(string path)
    {
        try
        {
            return new ConfigurationBuilder().AddDotNetEnv(path, LoadOptions.NoEnvVars()).Build();
        }
        catch (ParseException exception)
        {
            throw new ConfigurationException($"Line {exception.Position?.Line} of .env is not NAME=value.");
        }
    }

    /// <summary>A directory below <c>.data</c>, or below <c>CHECKOUT_DATA_DIRECTORY</c>, that outlives a run. Only this user may enter it.</summary>
    public static string DataDirectory(this IDistributedApplicationBuilder builder, params string[] path)
    {
        var root = builder.Configuration["CHECKOUT_DATA_DIRECTORY"] is { Length: > 0 } configured ? Path.GetFullPath(configured)
            : builder.IsIsolated() ? Directory.CreateTempSubdirectory("checkout-aspire-").FullName
            : Path.GetFullPath("../.data", builder.AppHostDirectory);
        var directory = Directory.CreateDirectory(Path.Combine([root, .. path])).FullName;
        for (var depth = 0; depth <= path.Length && !OperatingSystem.IsWindows(); depth++)
        {
            File.SetUnixFileMode(Path.Combine([root, .. path[..depth]]), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return directory;
    }
}
