namespace CheckoutAspire.Worker.Consuming;

/// <summary>When a partition is maintained next. Whoever learns of work moves the time forward, and never back.</summary>
internal sealed class MaintenanceSchedule(TimeSpan leastDelay, TimeProvider time)
{
    private long _due;

    /// <summary>Ends the consumer's wait when the time moves forward.</summary>
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
