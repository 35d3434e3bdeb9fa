using System.Text;
using System.Text.Json;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>Aspire's official CLI, a local tool of the repository. It finds the AppHosts that run under the same HOME.</summary>
internal sealed class AspireCli(string home)
{
    private static readonly string s_userHome = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private readonly Dictionary<string, string> _environment = new()
    {
        ["HOME"] = home,
        ["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "1",
        // Where dotnet finds the tools that it restored.
        ["DOTNET_CLI_HOME"] = Environment.GetEnvironmentVariable("DOTNET_CLI_HOME") ?? s_userHome,
        ["NUGET_PACKAGES"] = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(s_userHome, ".nuget", "packages"),
    };

    public Task<ProcessResult> RunAsync(params string[] arguments) => ChildProcess.RunAsync(
        "dotnet", ["aspire", .. arguments, "--nologo", "--non-interactive"], TestContext.Current.CancellationToken, _environment, Repository.Root);

    /// <summary>Runs a command that calls a tool, and again if the tool's error asks for it: <c>{"code":"ledger_unreachable","retry_after":5,…}</c>.</summary>
    public Task<ProcessResult> CallAsync(Func<string[]> arguments) => Eventually.GetAsync(
        () => RunAsync(arguments()),
        result => !(result.Output + result.Error).Contains("retry_after", StringComparison.Ordinal),
        TestContext.Current.CancellationToken);

    /// <summary>Runs a command that prints JSON.</summary>
    public async Task<JsonElement> ReadJsonAsync(params string[] arguments) => Json(await RunAsync(arguments));

    /// <summary>The JSON of a command. Some commands print progress around it, and <c>mcp tools</c> prints it to the standard error stream.</summary>
    public static JsonElement Json(ProcessResult result)
    {
        var lines = (result.Required + result.Error).Split('\n').SkipWhile(line => !line.StartsWith('{') && !line.StartsWith('['));
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

        // One value; what follows it is not read.
        return JsonElement.ParseValue(ref reader);
    }
}
