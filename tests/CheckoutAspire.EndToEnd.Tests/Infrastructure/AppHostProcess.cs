using System.Globalization;
using System.Text.Json;
using CheckoutAspire.TestKit;
using CheckoutAspire.Worker.Tests;

namespace CheckoutAspire.EndToEnd.Tests.Infrastructure;

/// <summary>The tests of <see cref="AppHostProcess"/>, which starts once for all of them.</summary>
[CollectionDefinition(nameof(AppHostProcess))]
public sealed class AppHostProcessCollection : ICollectionFixture<AppHostProcess>;

/// <summary>
/// The AppHost as a process, as <c>dotnet run</c> starts it, with a HOME and a data directory of its own, and with a merchant's catalog, session template
/// and endpoint.
/// </summary>
public sealed class AppHostProcess : RunningApplication
{
    private static readonly string[] s_resources = ["redis", "stripe-sandbox", "mcpapi", "webhooks", "worker", "operations"];
    private static readonly TimeSpan s_startDeadline = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-apphost-");
    private Dictionary<string, Uri> _addresses = [];
    private Uri? _dashboard;
    private ChildProcess? _process;
    private MerchantStub? _merchant;

    /// <summary>The merchant, whose endpoint is called for each paid order.</summary>
    internal MerchantStub Merchant => _merchant!;

    internal AspireCli Cli => new(_directory.FullName);

    /// <summary>The ids of the AppHost's process and of its descendants, which inherit the variable with its data directory. Empty where there is no /proc.</summary>
    internal IReadOnlyList<int> ProcessIds =>
    [
        .. !OperatingSystem.IsLinux() ? [] : Directory.EnumerateDirectories("/proc")
            .Where(directory => int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out _))
            .Where(directory => ReadEnvironment(directory).Contains($"CHECKOUT_DATA_DIRECTORY={_directory.FullName}/", StringComparison.Ordinal))
            .Select(directory => int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture)),
    ];

    protected override Uri DashboardAddress => _dashboard!;

    /// <summary>Runs an AppHost that is expected to end by itself.</summary>
    internal Task<ProcessResult> RunToEndAsync(params (string Name, string Value)[] settings) =>
        ChildProcess.RunAsync(Repository.Built("CheckoutAspire.AppHost", ""), [], Cancellation, Variables(settings));

    public override async ValueTask InitializeAsync()
    {
        _merchant = await MerchantStub.StartAsync();
        await StartAsync();
    }

    /// <summary>Starts the application on the data of the last run, on other ports.</summary>
    internal async Task StartAsync()
    {
        _process = ChildProcess.Start(Repository.Built("CheckoutAspire.AppHost", ""), [], Variables([]));

        // The CLI would be asked again and again while the application needs the machine to start.
        _ = await _process.ReadUntilAsync(Cancellation, "Distributed application started");
        foreach (var resource in s_resources)
        {
            await Eventually.GetAsync(() => IsHealthyAsync(resource), isHealthy => isHealthy, Cancellation, s_startDeadline);
        }

        _addresses = await Eventually.GetAsync(ReadHealthyAddressesAsync, addresses => s_resources.All(addresses.ContainsKey), Cancellation, s_startDeadline);

        // [{"appHostPath":"…","dashboardUrl":"http://127.0.0.1:33223/login?t=…",…}]
        _dashboard = new Uri((await Cli.ReadJsonAsync("ps", "--format", "Json"))[0].GetProperty("dashboardUrl").GetString()!);
        await ConnectLedgerAsync($"{_addresses["redis"].Authority},password={RedisPassword}");
    }

    /// <summary>Ends the application by SIGTERM, and returns when none of its processes is left.</summary>
    internal async Task TerminateAsync(TimeSpan deadline)
    {
        await base.StopAsync();
        _process!.Terminate();
        await _process.WaitForExitAsync(deadline, Cancellation);
        await Eventually.GetAsync(() => Task.FromResult(ProcessIds), ids => ids.Count == 0, Cancellation, deadline);
    }

    protected override Uri EndpointOf(string resource) => new(_addresses[resource].GetLeftPart(UriPartial.Authority));

    protected override async Task StopAsync()
    {
        await TerminateAsync(TimeSpan.FromMinutes(2));
        await _process!.DisposeAsync();
        await _merchant!.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static string ReadEnvironment(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process has ended, or belongs to another user.
            return "";
        }
    }

    private Dictionary<string, string> Variables((string Name, string Value)[] settings)
    {
        var variables = Configuration.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);
        variables["HOME"] = _directory.FullName;
        variables["CHECKOUT_DATA_DIRECTORY"] = Path.Combine(_directory.FullName, "data");
        variables["DOTNET_ENVIRONMENT"] = "Development";
        variables["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false";
        variables["DcpPublisher__RandomizePorts"] = "true";
        variables["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        foreach (var address in new[] { "ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL" })
        {
            variables[address] = "http://127.0.0.1:0";
        }

        variables["CHECKOUT_CATALOG"] = Path.Combine(AppContext.BaseDirectory, "Merchants", "catalog.json");
        variables["CHECKOUT_SESSION_TEMPLATE"] = Path.Combine(AppContext.BaseDirectory, "Merchants", "template.json");
        // The services inherit these. The operators' API waits for a Redis that a busy machine slows down.
        variables["Sandbox__RetryDelays"] = SandboxRetryDelays;
        variables["Aspire__StackExchange__Redis__ConfigurationOptions__AsyncTimeout"] = "60000";
        foreach (var (name, value) in _merchant!.Settings.Concat(settings))
        {
            variables[name] = value;
        }

        return variables;
    }

    /// <summary>The address of each healthy resource. Empty until the CLI finds a running AppHost.</summary>
    private async Task<bool> IsHealthyAsync(string resource) => _process!.HasExited
        ? throw new InvalidOperationException(_process.Tail)
        : (await Cli.RunAsync("wait", resource, "--timeout", "60")).ExitCode == 0;

    private async Task<Dictionary<string, Uri>> ReadHealthyAddressesAsync()
    {
        // {"resources":[{"displayName":"mcpapi","healthStatus":"Healthy","urls":[{"url":"http://localhost:38081/mcp",…}],…}]}
        var result = await Cli.RunAsync("describe", "--format", "Json");
        return result.ExitCode != 0 || !result.Output.StartsWith('{') ? [] : JsonElement.Parse(result.Output).GetProperty("resources").EnumerateArray()
            .Where(resource => resource.TryGetProperty("healthStatus", out var health) && health.ValueEquals("Healthy"))
            .Where(resource => resource.GetProperty("urls").GetArrayLength() > 0)
            .ToDictionary(resource => resource.GetProperty("displayName").GetString()!, resource => new Uri(resource.GetProperty("urls")[0].GetProperty("url").GetString()!));
    }
}
