using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CheckoutAspire.Faults.Tests.Infrastructure;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>
/// <c>./test --faults [--sessions N] [--seed S]</c>: prints the results, and fails if anything was lost or fulfilled twice. <c>./test --faults --deployed</c>: runs the
/// services as the Redis users of a deployment, and fails if Redis denies a command.
/// </summary>
internal static class LongForm
{
    public const string Argument = "--faults";
    private const string Deployed = "--deployed";
    private const int DefaultSessions = 20_000;
    private const int ShownWrong = 20;

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is [_, Deployed])
        {
            return await RunDeployedAsync();
        }

        if (!TryRead(arguments, out var options))
        {
            await Console.Error.WriteLineAsync("Usage: ./test --faults [--sessions N] [--seed S], or ./test --faults --deployed");
            return 2;
        }

        using var stopped = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        Print($"Faults: {options.Sessions} sessions, seed {options.Seed} (replay with --seed {options.Seed})");
        try
        {
            var run = await ChaosRun.RunAsync(options, stopped.Token);
            Print($"{run.Table}");
            foreach (var wrong in run.Wrong.Take(ShownWrong))
            {
                await Console.Error.WriteLineAsync(wrong);
            }

            Print($"{(run.Wrong.Count == 0 ? "Nothing was lost, and nothing was fulfilled twice." : $"{run.Wrong.Count} violations.")}");
            return run.Wrong.Count == 0 ? 0 : 1;
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync(exception.ToString());
            return 1;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stopped.Cancel();
        }
    }

    private static async Task<int> RunDeployedAsync()
    {
        await using var services = new DeployedServices();
        var denied = await services.RunAsync();
        Print($"{(denied.Count == 0 ? "Redis has denied no command." : "Redis has denied: " + string.Join("; ", denied))}");
        return denied.Count == 0 ? 0 : 1;
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private static bool TryRead(string[] arguments, out ChaosOptions options)
    {
        options = new ChaosOptions
        {
            Sessions = DefaultSessions,
            Seed = ChaosOptions.ReadSeed() ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            Receivers = 2,
            Restores = true,
            Promotions = true,
            Senders = 16,
            Between = TimeSpan.FromSeconds(0.5),
            Quiescence = TimeSpan.FromMinutes(15),
        };
        for (var index = 1; index < arguments.Length; index += 2)
        {
            if (!int.TryParse(arguments.ElementAtOrDefault(index + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            switch (arguments[index])
            {
                case "--sessions" when value > 0:
                    options = options with { Sessions = value };
                    break;
                case "--seed":
                    options = options with { Seed = value };
                    break;
                default:
                    return false;
            }
        }

        return true;
    }
}
