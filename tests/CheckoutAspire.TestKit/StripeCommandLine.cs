namespace CheckoutAspire.TestKit;

/// <summary>The Stripe CLI, unchanged, from the npm packages that <c>./test</c> installs. All its requests go to a sandbox.</summary>
public sealed class StripeCommandLine : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("stripe-cli-");
    private readonly string _apiBase;
    private readonly Dictionary<string, string> _environment;

    /// <param name="apiBase">The sandbox's address. The CLI accepts 127.0.0.1 and refuses localhost.</param>
    /// <param name="key">The sandbox's key.</param>
    public StripeCommandLine(Uri apiBase, string key)
    {
        _apiBase = new UriBuilder(apiBase) { Host = "127.0.0.1" }.Uri.GetLeftPart(UriPartial.Authority);
        _environment = new()
        {
            ["HOME"] = _home.FullName,
            ["XDG_CONFIG_HOME"] = _home.FullName,
            ["STRIPE_API_KEY"] = key,
            ["STRIPE_CLI_TELEMETRY_OPTOUT"] = "1",
        };
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("node", Command(arguments), cancellationToken, _environment, _home.FullName);
        return (result.ExitCode, result.Output + result.Error);
    }

    /// <summary>Starts a command that runs until it is disposed, such as <c>listen</c>.</summary>
    public ChildProcess Start(params string[] arguments) => ChildProcess.Start("node", Command(arguments), _environment, _home.FullName);

    public void Dispose() => _home.Delete(recursive: true);

    private IEnumerable<string> Command(string[] arguments) =>
        [Repository.Npm("@stripe/cli/bin/shim.js"), .. arguments, "--api-base", _apiBase, "--color", "off"];
}
