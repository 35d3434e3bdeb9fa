using System.Diagnostics;
using CheckoutAspire.Fulfillment;
using CheckoutAspire.Worker;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>This executable as a merchant's own worker, whose handler kills the process when it receives one certain order.</summary>
internal static class CrashingWorker
{
    /// <summary>The assembly to start.</summary>
    public const string Name = "CheckoutAspire.Faults.Tests";

    /// <summary>The variable that names the order. It makes this executable a worker.</summary>
    public const string Variable = "FAULTS_CRASHING_ORDER";

    public static Task<int> RunAsync(string orderId)
    {
        var builder = WorkerApplication.CreateBuilder([]);
        builder.Services.AddFulfillmentHandler("crash", _ => new Handler(orderId));
        return builder.RunWorkerAsync();
    }

    private sealed class Handler(string orderId) : IFulfillmentHandler
    {
        public async Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken)
        {
            if (order.Id == orderId)
            {
                Process.GetCurrentProcess().Kill();
            }

            // Other orders are in flight when the process ends.
            await Task.Delay(100, cancellationToken);
        }
    }
}
