using System.Diagnostics;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>The faults that a run injects.</summary>
internal enum Fault
{
    KillWorker,
    KillReceiver,
    KillRedis,
    PauseWorker,
    TerminateWorker,
    RestoreRedis,
    PromoteReplica,
    LockArchive,
    RemoveArchive,
}

/// <summary>Kills, stops and restarts the processes of an installation at random moments. One worker at a time may also be paused.</summary>
internal sealed class Faults(Installation installation, ChaosOptions options, Random random) : IDisposable
{
    private static readonly (string, string)[] s_quiet = [("Logging__LogLevel__Default", "Error")];

    private readonly ServiceUnderFault[] _workers = new ServiceUnderFault[options.Workers];
    private readonly ServiceUnderFault[] _receivers = new ServiceUnderFault[options.Receivers];
    private readonly Dictionary<Fault, int> _counts =
        Enum.GetValues<Fault>().Where(fault => fault switch
        {
            Fault.RestoreRedis => options.Restores,
            Fault.PromoteReplica => options.Promotions,
            _ => true,
        }).ToDictionary(fault => fault, _ => 0);
    private (int Worker, Task Ended) _pause = (-1, Task.CompletedTask);
    private Task _archiveTrouble = Task.CompletedTask;
    private DirectoryBackup? _backup;

    public IReadOnlyDictionary<Fault, int> Counts => _counts;

    /// <summary>A random receiver. It may be down at the moment, like a receiver behind a load balancer.</summary>
    public Uri Receiver => _receivers[Random.Shared.Next(_receivers.Length)].Address;

    public async Task StartServicesAsync()
    {
        await Task.WhenAll(Enumerable.Range(0, _workers.Length).Select(async index => _workers[index] = await StartWorkerAsync()));
        await Task.WhenAll(Enumerable.Range(0, _receivers.Length).Select(async index => _receivers[index] = await StartReceiverAsync()));
    }

    /// <summary>Takes the backup that the next restore brings back: everything that Redis records from now on will be lost with it.</summary>
    public void TakeBackup()
    {
        _backup?.Dispose();
        _backup = new DirectoryBackup(installation.Redis.Directory);
    }

    public void Dispose() => _backup?.Dispose();

    /// <summary>Causes faults until <paramref name="goOn"/> returns false and each has occurred. All services run when it returns.</summary>
    public async Task RunAsync(Func<bool> goOn, CancellationToken cancellationToken)
    {
        while (goOn() || _counts.Values.Any(count => count == 0))
        {
            var bag = _counts.Keys.ToArray();
            random.Shuffle(bag);
            foreach (var fault in bag)
            {
                await Task.Delay(options.Between * random.NextDouble(), cancellationToken);
                await CauseAsync(fault, cancellationToken);
                _counts[fault]++;
            }
        }

        await _pause.Ended;
        await _archiveTrouble;
    }

    private async Task CauseAsync(Fault fault, CancellationToken cancellationToken)
    {
        var (worker, receiver) = (random.Next(_workers.Length), random.Next(_receivers.Length));
        if (worker == _pause.Worker && !_pause.Ended.IsCompleted)
        {
            worker = (worker + 1) % _workers.Length;
        }

        switch (fault)
        {
            case Fault.KillWorker:
                await _workers[worker].KillAsync();
                _workers[worker] = await StartWorkerAsync();
                break;
            case Fault.TerminateWorker:
                var exitCode = await _workers[worker].TerminateAsync();
                if (exitCode != 0)
                {
                    throw new UnreachableException($"A worker exited with code {exitCode} after SIGTERM.\n{_workers[worker].Tail}");
                }

                _workers[worker] = await StartWorkerAsync();
                break;
            case Fault.PauseWorker:
                await _pause.Ended;
                _pause = (worker, PauseAsync(_workers[worker], options.Lease + TimeSpan.FromSeconds(1 + random.NextDouble()), cancellationToken));
                break;
            case Fault.KillReceiver:
                await _receivers[receiver].KillAsync();
                _receivers[receiver] = await StartReceiverAsync();
                break;
            case Fault.KillRedis:
                await installation.Redis.KillAsync();
                TakeBackup();
                await installation.Redis.RestartAsync();
                break;
            case Fault.RestoreRedis:
                await installation.Redis.KillAsync();
                _backup!.Restore(installation.Redis.Directory);
                await installation.Redis.RestartAsync();
                break;
            case Fault.PromoteReplica:
                await installation.PromoteReplicaAsync(TimeSpan.FromMilliseconds(random.Next(500)), cancellationToken);
                break;
            case Fault.LockArchive:
                await _archiveTrouble;
                _archiveTrouble = LockArchiveAsync(TimeSpan.FromMilliseconds(random.Next(1000)), cancellationToken);
                break;
            case Fault.RemoveArchive:
                await _archiveTrouble;
                _archiveTrouble = RemoveArchiveAsync(TimeSpan.FromMilliseconds(random.Next(1000)), cancellationToken);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static async Task PauseAsync(ServiceUnderFault worker, TimeSpan time, CancellationToken cancellationToken)
    {
        await worker.SuspendAsync();
        await Task.Delay(time, cancellationToken);
        worker.Resume();
    }

    private async Task LockArchiveAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        await using var locked = await installation.ArchiveDirectory!.LockAsync(cancellationToken);
        await Task.Delay(time, cancellationToken);
    }

    private async Task RemoveArchiveAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        installation.ArchiveDirectory!.Remove();
        try
        {
            await Task.Delay(time, cancellationToken);
        }
        finally
        {
            installation.ArchiveDirectory.Return();
        }
    }

    private Task<ServiceUnderFault> StartWorkerAsync() => installation.StartAsync(Installation.Worker, s_quiet);

    private Task<ServiceUnderFault> StartReceiverAsync() => installation.StartAsync(Installation.Receiver, s_quiet);
}
