namespace CheckoutAspire.Worker.Consuming;

/// <summary>Holds the time at which a partition is maintained next. Work that becomes known can bring the time closer, but cannot delay it.</summary>
internal sealed class MaintenanceSchedule(TimeSpan leastDelay, TimeProvider time)
{
    private long _due;

    /// <summary>The signal that ends the consumer's wait when the maintenance is brought forward.</summary>
    public StreamSignal? Signal { get; set; }

    public bool IsDue => time.GetTimestamp() >= Volatile.Read(ref _due);

    /// <summary>How long it is until the maintenance is due; zero when it is.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = time.GetElapsedTime(time.GetTimestamp(), Volatile.Read(ref _due));
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Sets the time, whatever it was.</summary>
    public void Restart(TimeSpan delay) => Volatile.Write(ref _due, TimestampAfter(delay));

    /// <summary>Has the partition maintained within a time, which is at least the poll interval.</summary>
    public void MaintainWithin(TimeSpan atMost)
    {
        var wanted = TimestampAfter(atMost > leastDelay ? atMost : leastDelay);
        for (var known = Volatile.Read(ref _due); wanted < known; known = Volatile.Read(ref _due))
        {
            if (Interlocked.CompareExchange(ref _due, wanted, known) == known)
            {
                Signal?.Raise();
                return;
            }
        }
    }

    private long TimestampAfter(TimeSpan delay) => time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
}
