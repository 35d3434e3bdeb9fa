using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>The base class of tests that each have their own installation.</summary>
/// <param name="archiveAfter">How long after its last change an order leaves Redis for an archive; null without an archive.</param>
public abstract class FaultTest(TimeSpan? archiveAfter = null) : IAsyncLifetime
{
    private Installation? _installation;
    private ServiceUnderFault? _operations;

    internal Installation At => _installation!;

    internal Merchant Merchant => At.Merchant;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _installation = await Installation.StartAsync(hasReplica: false, archiveAfter);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_installation is not null)
        {
            await _installation.DisposeAsync();
        }
    }

    internal Task<ServiceUnderFault> StartWorkerAsync(params IEnumerable<(string Name, string Value)> settings) =>
        At.StartAsync(Installation.Worker, settings);

    internal Task<ServiceUnderFault> StartReceiverAsync() => At.StartAsync(Installation.Receiver);

    /// <summary>Sells one order, and kills the worker when the merchant has made the effect and has not yet answered.</summary>
    internal async Task<IReadOnlyList<string>> SellAndKillAfterEffectAsync(ServiceUnderFault worker)
    {
        // The merchant has noted the call before the worker is dead, and a worker that still lives writes to Redis.
        var isKilled = false;
        Merchant.AfterEffect = async call =>
        {
            if (call.Number == 1)
            {
                await worker.KillAsync();
                Volatile.Write(ref isKilled, true);
            }

            return true;
        };
        var sold = await At.SellPaidAsync(1);
        await At.AwaitAsync(() => Task.FromResult(Volatile.Read(ref isKilled)), killed => killed);
        return sold;
    }

    /// <summary>The details of an order's timeline steps of one kind, for example <c>fence 2</c>.</summary>
    internal static IEnumerable<string> Steps(Order order, string what) =>
        order.Timeline.Where(step => step.What == what).Select(step => step.Detail);

    /// <summary>Posts to the operators' API. The first call starts its service.</summary>
    /// <param name="path">The path.</param>
    /// <param name="confirm">The <c>confirm</c> of an earlier answer, which an approval of what is not proven repeats.</param>
    internal async Task<(int Status, JsonObject Answer)> OpsAsync(string path, string? confirm = null)
    {
        _operations ??= await At.StartAsync(Installation.Operations);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Installation.OpsToken);
        using var response = await http.PostAsJsonAsync(new Uri(_operations.Address, path), new { reason = "the merchant is back", confirm }, Cancellation);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonObject>(Cancellation))!);
    }

    /// <summary>Blocks its callers until the test opens it.</summary>
    internal sealed class Gate
    {
        private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _waiting;

        public int Waiting => _waiting;

        public async Task<bool> PassAsync()
        {
            Interlocked.Increment(ref _waiting);
            await _opened.Task;
            return true;
        }

        public void Open() => _opened.TrySetResult();
    }

    internal Task AwaitWaitingAsync(Gate gate, int count) =>
        At.AwaitAsync(() => Task.FromResult<int?>(gate.Waiting), waiting => waiting >= count);
}
