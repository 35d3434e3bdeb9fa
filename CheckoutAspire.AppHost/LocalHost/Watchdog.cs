using System.Diagnostics;
using System.Globalization;

namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>
/// Ends the services when this host dies without a chance to do so itself (kill -9, out of memory): a shell that waits for the end of
/// its input. The kernel's own means, PR_SET_PDEATHSIG, follows the thread that forked, and a thread of the pool may end at any time.
/// </summary>
internal sealed class Watchdog : IAsyncDisposable
{
    // Input: one target of kill(1) a line, in starting order; "done" when the host has stopped everything itself.
    private const string Script = """
        targets=
        while read -r line; do
          [ "$line" = done ] && exit 0
          targets="$line $targets"
        done
        for target in $targets; do kill -s TERM -- "$target" 2>/dev/null; done
        tenths=0
        while [ $tenths -lt 100 ]; do
          alive=
          for target in $targets; do kill -s 0 -- "$target" 2>/dev/null && alive=yes; done
          [ -z "$alive" ] && exit 0
          sleep 0.1
          tenths=$((tenths + 1))
        done
        for target in $targets; do kill -s KILL -- "$target" 2>/dev/null; done
        """;

    private readonly Lock _lock = new();
    private readonly Process? _shell;

    private Watchdog(Process? shell) => _shell = shell;

    public static Watchdog Start()
    {
        if (OperatingSystem.IsWindows())
        {
            return new Watchdog(null);
        }

        string[] command = UnixProcess.Setsid is { } setsid ? [setsid, "sh", "-c", Script] : ["sh", "-c", Script];
        return new Watchdog(Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true }));
    }

    public void Watch(LocalProcess process) => Send(process.SignalTarget.ToString(CultureInfo.InvariantCulture));

    /// <summary>Everything is stopped: there is nothing to end any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_shell is not null)
        {
            Send("done");
            await _shell.WaitForExitAsync();
            _shell.Dispose();
        }
    }

    private void Send(string line)
    {
        if (_shell is null)
        {
            return;
        }

        try
        {
            lock (_lock)
            {
                _shell.StandardInput.Write($"{line}\n");
                _shell.StandardInput.Flush();
            }
        }
        catch (IOException)
        {
            // The shell was killed: the services run on unwatched.
        }
    }
}
