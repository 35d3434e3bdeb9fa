using System.Globalization;
using StackExchange.Redis;

namespace CheckoutAspire.Worker.Consuming;

/// <summary>
/// Holds back a worker that finds nothing because others are faster. A message about a new entry reaches every worker, and one of them gets the entry: reading for
/// each message, and even receiving it, would cost the others about as much processor time as the work itself.
/// </summary>
/// <remarks>
/// A worker that was too late several times in a row is behind. It waits a moment after a message, and reads once for all messages of that moment. If those were
/// many, it leaves the channel for a second and reads twenty times meanwhile. Then it waits for a message again, because without messages there is nothing to
/// read. It takes what the others leave at any time. If the faster worker dies or cannot keep up, this one finds old entries, or finds some each time: it is
/// not behind any more.
/// </remarks>
internal sealed class ReadPace(TimeProvider time)
{
    /// <summary>How long a worker that is behind waits after a message.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a worker that has left the channel waits between its reads. Its help comes later by no more than this.</summary>
    public static readonly TimeSpan AwayPause = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a worker stays away from the channel.</summary>
    private static readonly TimeSpan s_absence = TimeSpan.FromSeconds(1);

    /// <summary>A worker that is alone also reads in vain now and then: for a message about an entry that an earlier read has taken along.</summary>
    private const int TooLate = 8;

    /// <summary>With so many messages in a pause, the reads cost less than the messages.</summary>
    private const int ManyMessages = 3;

    /// <summary>With many messages, an entry that was found may just have been appended. It is not found so often in a row then.</summary>
    private const int FoundAgain = 3;

    /// <summary>Entries that were appended over so many milliseconds: no other worker reads them.</summary>
    private const int OldAfter = 10;

    /// <summary>So many entries at once are too many for the faster worker.</summary>
    private const int Backlog = 32;

    private int _inVain;
    private int _found;
    private bool _foundOld;
    private long? _leftAt;

    /// <summary>Whether others take the entries before this worker does.</summary>
    public bool IsBehind => _inVain >= TooLate;

    /// <summary>Whether this worker stays away from the channel, and reads after each <see cref="AwayPause"/>.</summary>
    public bool IsAway => IsBehind && _leftAt is { } leftAt && time.GetElapsedTime(leftAt) < s_absence;

    /// <summary>Notes the messages of a pause.</summary>
    public void NotePause(int messages)
    {
        if (messages >= ManyMessages)
        {
            _leftAt = time.GetTimestamp();
        }
    }

    /// <summary>Notes the entries that a read returned. Several reads may be made at once.</summary>
    public void NoteEntries(ReadOnlySpan<StreamEntry> entries)
    {
        if (IsBehind && entries.Length > 1 && AppendedAt(entries[^1]) - AppendedAt(entries[0]) >= OldAfter)
        {
            _foundOld = true;
        }
    }

    /// <summary>Notes how many entries a round of reads returned, and how many messages had arrived since the round before.</summary>
    public void NoteRead(int entries, int messages)
    {
        if (entries == 0)
        {
            if (messages > 0)
            {
                _inVain = Math.Min(_inVain + 1, TooLate);
                _found = 0;
            }
        }
        else if (!IsBehind || _foundOld || entries >= Backlog || (messages > 0 && (messages < ManyMessages || ++_found == FoundAgain)))
        {
            (_inVain, _found, _foundOld, _leftAt) = (0, 0, false, null);
        }
    }

    /// <summary>The time in an entry's id, in milliseconds.</summary>
    private static long AppendedAt(StreamEntry entry)
    {
        var id = entry.Id.ToString();
        return long.Parse(id.AsSpan(0, id.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
    }
}
