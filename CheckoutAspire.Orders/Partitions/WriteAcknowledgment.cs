using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>
/// Waits until replicas, or disks, have what Redis has confirmed (<c>WAIT</c>, <c>WAITAOF</c>), if that is configured: replication is
/// asynchronous, and a replica that is promoted may lack confirmed writes.
/// </summary>
/// <remarks>
/// Both commands are about all earlier writes of their connection, which the whole process shares. Writes that are confirmed while one is
/// in flight are therefore covered by the next one together.
/// </remarks>
public sealed class WriteAcknowledgment(IConnectionMultiplexer redis, IOptions<OrdersOptions> options)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);

    private readonly OrdersOptions _options = options.Value;
    private readonly ConcurrentDictionary<EndPoint, Group> _groups = new();

    /// <summary>Whether waiting is configured.</summary>
    public bool IsEnabled => _options.WaitForReplicas > 0 || _options.WaitForDisk;

    /// <summary>Waits for the writes that this process has made in a partition; returns at once if nothing is configured.</summary>
    /// <exception cref="TimeoutException">Too few replicas or disks acknowledged in time. The writes stand on the server itself.</exception>
    public Task WaitAsync(LedgerPartition partition)
    {
        if (!IsEnabled)
        {
            return Task.CompletedTask;
        }

        var server = redis.GetServer(partition.Epoch);
        return _groups.GetOrAdd(server.EndPoint, static _ => new Group()).WaitAsync(() => SendAsync(server));
    }

    private async Task SendAsync(IServer server)
    {
        var milliseconds = (long)s_timeout.TotalMilliseconds;
        if (_options.WaitForDisk)
        {
            var reply = (long[])(await server.ExecuteAsync("WAITAOF", 1, _options.WaitForReplicas, milliseconds))!;
            Check(reply[0], 1, "disks");
            Check(reply[1], _options.WaitForReplicas, "replicas' disks");
        }
        else
        {
            Check((long)await server.ExecuteAsync("WAIT", _options.WaitForReplicas, milliseconds), _options.WaitForReplicas, "replicas");
        }
    }

    private static void Check(long acknowledged, int wanted, string what)
    {
        if (acknowledged < wanted)
        {
            throw new TimeoutException($"{acknowledged} of {wanted} {what} acknowledged a write in time.");
        }
    }

    /// <summary>Sends one command at a time; callers that arrive in the meantime share the next one.</summary>
    private sealed class Group
    {
        private readonly Lock _lock = new();
        private Task _current = Task.CompletedTask;
        private Task? _next;

        public Task WaitAsync(Func<Task> send)
        {
            lock (_lock)
            {
                if (_current.IsCompleted)
                {
                    return _current = send();
                }

                return _next ??= FollowAsync(_current, send);
            }
        }

        private async Task FollowAsync(Task before, Func<Task> send)
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
            Task sent;
            lock (_lock)
            {
                (_current, _next) = (sent = send(), null);
            }

            await sent;
        }
    }
}
