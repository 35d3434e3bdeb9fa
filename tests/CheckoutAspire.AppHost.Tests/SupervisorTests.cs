using System.Net;
using System.Net.Sockets;
using CheckoutAspire.AppHost.LocalHost;

namespace CheckoutAspire.AppHost.Tests;

public sealed class SupervisorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StringWriter _output = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
    }

    [Fact]
    public async Task Resources_start_after_those_they_wait_for_and_stop_before_them()
    {
        await using (var supervisor = Supervise([.. ShellResource.Chain(_directory.Path)]))
        {
            await supervisor.StartAsync(Ct);
        }

        Assert.Equal(
            ["started redis", "started api", "started edge", "stopped edge", "stopped api", "stopped redis"],
            ShellResource.Journal(_directory.Path));
    }

    [Fact]
    public async Task Each_line_of_a_log_carries_its_resource_s_name()
    {
        await using (var supervisor = Supervise(Shell("api", "echo hello; echo trouble >&2; " + ShellResource.Waits("api"))))
        {
            await supervisor.StartAsync(Ct);
        }

        Assert.Matches("(?m)^api +\\| hello$", _output.ToString());
        Assert.Matches("(?m)^api +\\| trouble$", _output.ToString());
    }

    [Fact]
    public async Task A_resource_that_ends_before_it_is_ready_is_named_with_its_exit_code_and_last_lines_and_the_others_stop()
    {
        var supervisor = Supervise(
            Shell("redis"),
            Shell("api", "echo 'STRIPE_SECRET_KEY is missing.'; echo '   at Frame.Of(Stack)'; exit 3", waitsFor: "redis"));

        var failure = await Assert.ThrowsAsync<ResourceFailedException>(() => supervisor.StartAsync(Ct));
        await supervisor.DisposeAsync();

        Assert.Equal(
            "api ended with exit code 3 before it was ready. Its last lines:\n    STRIPE_SECRET_KEY is missing.", failure.Message);
        Assert.Equal(["started redis", "stopped redis"], ShellResource.Journal(_directory.Path));
    }

    [Fact]
    public async Task A_resource_that_dies_later_is_named()
    {
        await using var supervisor = Supervise([.. ShellResource.Chain(_directory.Path)]);
        await supervisor.StartAsync(Ct);
        var watch = supervisor.WatchAsync(Ct);

        UnixProcess.Signal(await ShellResource.ProcessIdAsync(_directory.Path, "api", Ct), UnixProcess.SigKill);

        var failure = await Assert.ThrowsAsync<ResourceFailedException>(() => watch);
        Assert.StartsWith("api ended with exit code 137.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_resource_that_never_becomes_ready_is_named_with_what_it_answered()
    {
        await using var supervisor = new Supervisor([Shell("api", "while :; do sleep 0.05; done")], Console(), TimeProvider.System, default)
        {
            ReadyDeadline = TimeSpan.FromMilliseconds(100),
        };

        var failure = await Assert.ThrowsAsync<ResourceFailedException>(() => supervisor.StartAsync(Ct));

        Assert.Equal("api is not ready after 0 s: its file is not there. It logged nothing.", failure.Message);
    }

    [Fact]
    public async Task A_resource_that_ignores_SIGTERM_is_killed_after_the_grace_with_what_it_started()
    {
        var script = $"""
            trap '' TERM
            sh -c 'trap "" TERM; echo $$ > child.pid; while :; do sleep 0.05; done' &
            {ShellResource.Waits("stubborn").Replace("trap 'echo stopped stubborn >> journal; exit 0' TERM\n", "", StringComparison.Ordinal)}
            """;
        var supervisor = new Supervisor([Shell("stubborn", script)], Console(), TimeProvider.System, default)
        {
            StopGrace = TimeSpan.FromMilliseconds(200),
        };
        await supervisor.StartAsync(Ct);
        var stubborn = await ShellResource.ProcessIdAsync(_directory.Path, "stubborn", Ct);
        var child = await ShellResource.ProcessIdAsync(_directory.Path, "child", Ct);

        await supervisor.DisposeAsync();

        await Eventually.TrueAsync(() => !ShellResource.IsAlive(stubborn) && !ShellResource.IsAlive(child), Ct);
        Assert.Contains("stubborn       | did not stop in time and was killed", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_signal_ends_at_once_what_has_not_stopped()
    {
        using var hurry = new CancellationTokenSource();
        var script = ShellResource.Waits("stubborn").Replace("echo stopped stubborn >> journal; exit 0", "", StringComparison.Ordinal);
        var supervisor = new Supervisor([Shell("stubborn", script)], Console(), TimeProvider.System, hurry.Token)
        {
            StopGrace = TimeSpan.FromHours(1),
        };
        await supervisor.StartAsync(Ct);
        var stubborn = await ShellResource.ProcessIdAsync(_directory.Path, "stubborn", Ct);

        var stopping = supervisor.DisposeAsync();
        await hurry.CancelAsync();
        await stopping;

        Assert.False(ShellResource.IsAlive(stubborn));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_before_anything_starts()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var supervisor = Supervise(Shell("redis"), Shell("mcpapi") with { Port = port });

        var failure = await Assert.ThrowsAsync<ResourceFailedException>(() => supervisor.StartAsync(Ct));

        Assert.StartsWith($"Port {port} (mcpapi) is already taken: ", failure.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_directory.Path, "journal")));
    }

    [Fact]
    public async Task A_command_that_is_not_installed_is_named_with_the_cure()
    {
        await using var supervisor = Supervise(Shell("redis") with { Command = "no-such-server", IfMissing = "install it" });

        var failure = await Assert.ThrowsAsync<ResourceFailedException>(() => supervisor.StartAsync(Ct));

        Assert.Equal("redis needs no-such-server, which is not on the PATH: install it.", failure.Message);
    }

    [Fact]
    public async Task A_service_that_is_not_built_is_named_with_the_cure()
    {
        await using var supervisor = Supervise(Shell("mcpapi") with { RequiredFile = "/nowhere/McpApi.dll", IfMissing = "build it" });

        var failure = await Assert.ThrowsAsync<ResourceFailedException>(() => supervisor.StartAsync(Ct));

        Assert.Equal("mcpapi needs /nowhere/McpApi.dll, which is not there: build it.", failure.Message);
    }

    [Fact]
    public async Task A_service_inherits_none_of_the_variables_that_are_not_its_own()
    {
        Environment.SetEnvironmentVariable(Variables.FulfillmentSecret, "whsec_inherited");
        try
        {
            var api = Shell("api", "env > env.txt; " + ShellResource.Waits("api")) with
            {
                Environment = new Dictionary<string, string> { [Variables.Deployment] = "given" },
            };
            await using var supervisor = Supervise(api);
            await supervisor.StartAsync(Ct);

            var environment = await File.ReadAllLinesAsync(Path.Combine(_directory.Path, "env.txt"), Ct);

            Assert.Contains("CHECKOUT_DEPLOYMENT=given", environment);
            Assert.DoesNotContain(environment, line => line.Contains("whsec_inherited", StringComparison.Ordinal));
            Assert.Contains(environment, line => line.StartsWith("PATH=", StringComparison.Ordinal));
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variables.FulfillmentSecret, null);
        }
    }

    [Fact]
    public async Task SIGTERM_to_the_host_stops_everything_in_order_with_exit_code_0()
    {
        using var host = HostProcess.Start(_directory.Path);
        await ShellResource.ProcessIdAsync(_directory.Path, "edge", Ct);

        UnixProcess.Signal(host.Id, UnixProcess.SigTerm);
        await host.WaitForExitAsync(Ct);

        Assert.Equal(0, host.ExitCode);
        Assert.Equal(["stopped edge", "stopped api", "stopped redis"], ShellResource.Journal(_directory.Path).TakeLast(3));
    }

    [Fact]
    public async Task Nothing_outlives_a_host_that_is_killed()
    {
        using var host = HostProcess.Start(_directory.Path);
        await ShellResource.ProcessIdAsync(_directory.Path, "edge", Ct);
        var processes = new List<int>();
        foreach (var name in new[] { "redis", "api", "edge" })
        {
            processes.Add(await ShellResource.ProcessIdAsync(_directory.Path, name, Ct));
        }

        Assert.All(processes, process => Assert.True(ShellResource.IsAlive(process)));
        UnixProcess.Signal(host.Id, UnixProcess.SigKill);

        await Eventually.TrueAsync(() => !processes.Exists(ShellResource.IsAlive), Ct);
    }

    private LocalResource Shell(string name, string? script = null, params IReadOnlyList<string> waitsFor) =>
        ShellResource.Create(_directory.Path, name, script, waitsFor: waitsFor);

    private Supervisor Supervise(params IReadOnlyList<LocalResource> graph) => new(graph, Console(), TimeProvider.System, default);

    private HostConsole Console() => new(_output, color: false);
}
