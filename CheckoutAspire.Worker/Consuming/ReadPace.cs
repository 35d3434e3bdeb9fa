namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Holds back a worker that finds nothing because others are faster. A message about a new entry reaches every worker, and one of them gets the entry: without a
/// pause, the reads of the others would cost as much processor time as the work itself. A worker that was too late several times in a row waits a moment
/// after a message, and reads once for all messages of that moment. If the faster worker dies or cannot keep up, this one finds entries then, and no longer waits.
/// </summary>
internal sealed class ReadPace
{
    /// <summary>How long a worker that is behind waits after a message. Its help comes later by no more than this.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>A worker that is alone also reads in vain now and then: for a message about an entry that an earlier read has taken along.</summary>
    private const int TooLate = 8;

    private int _inVain;

    /// <summary>Whether others take the entries before this worker does.</summary>
    public bool IsBehind => _inVain >= TooLate;

    /// <summary>Notes how many entries a read returned that a message caused.</summary>
    public void Note(int entries) => _inVain = entries > 0 ? 0 : Math.Min(_inVain + 1, TooLate);
}
