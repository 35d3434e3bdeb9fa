namespace CheckoutAspire.Benchmarks.Scale;

/// <summary>What one event costs Redis, in microseconds of script time.</summary>
/// <param name="InRedis">How many orders Redis has.</param>
/// <param name="Archived">How many have left it.</param>
/// <param name="Recorded">A paid order that was recorded when it was sold.</param>
/// <param name="Unrecorded">A paid order that Redis does not know, and that may be in the archive.</param>
internal sealed record EventTime(int InRedis, int Archived, double Recorded, double Unrecorded);

/// <summary>What many orders cost.</summary>
/// <param name="HotBytes">Redis's memory for an order that is fulfilled and witnessed, with its journal and all that lists it.</param>
/// <param name="ArchivedBytes">Redis's memory for an order in the archive.</param>
/// <param name="ManyArchivedBytes">The same with five times as many.</param>
/// <param name="FileBytes">The archive's file for an order.</param>
/// <param name="ArchivedPerSecond">How many orders one worker moves in a second.</param>
/// <param name="HotStart">How long Redis takes to start with the orders.</param>
/// <param name="ArchivedStart">How long it takes when they are in the archive.</param>
/// <param name="Times">What events cost at each size.</param>
/// <param name="Idle">Commands a second of an idle worker, by the number of partitions.</param>
internal sealed record ScaleFigures(
    double HotBytes,
    double ArchivedBytes,
    double ManyArchivedBytes,
    double FileBytes,
    double ArchivedPerSecond,
    TimeSpan HotStart,
    TimeSpan ArchivedStart,
    IReadOnlyList<EventTime> Times,
    IReadOnlyList<(int Partitions, double PerSecond)> Idle);
