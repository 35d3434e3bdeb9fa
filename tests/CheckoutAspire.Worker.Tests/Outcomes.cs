using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Worker.Tests;

/// <summary>The outcome of each entry that one worker processed, read from its metric <c>checkout.worker.processed</c>.</summary>
internal sealed class Outcomes : ConcurrentQueue<string>, IDisposable
{
    private readonly MeterListener _listener = new();

    public Outcomes(WorkerHost worker)
    {
        var meters = worker.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "checkout.worker.processed" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Enqueue((string)tags[0].Value!));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();
}
