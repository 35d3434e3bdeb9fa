using System.Diagnostics;

namespace CheckoutAspire.Benchmarks.Load;

/// <summary>What to send: prepared events, one in flight on each connection.</summary>
/// <param name="Events">The events.</param>
/// <param name="First">The first one's index.</param>
/// <param name="Count">The maximum number of events.</param>
/// <param name="Duration">The longest time to send requests. Requests in flight are then awaited.</param>
/// <param name="Repeated">Whether to begin again after the last: a warm-up, which only the duration ends.</param>
/// <param name="PerSecond">Open loop: this number of requests a second, whatever the receiver does. Null: closed loop, the next request follows the last response.</param>
internal sealed record LoadPlan(PreparedEvents Events, int First, int Count, TimeSpan Duration, bool Repeated = false, double? PerSecond = null)
{
    public int EventAt(int sent) => First + (sent % Count);

    public bool IsLast(int sent) => !Repeated && sent == Count;
}

/// <summary>One sent event.</summary>
/// <param name="Event">Its index.</param>
/// <param name="Elapsed">From sending it to its answer.</param>
/// <param name="AnsweredAt">When its 200 arrived, by the machine's clock.</param>
internal readonly record struct Answer(int Event, TimeSpan Elapsed, DateTimeOffset AnsweredAt);

/// <summary>The results of a load.</summary>
/// <param name="Answers">The events that were answered 200.</param>
/// <param name="Refused">The number of other responses.</param>
/// <param name="Elapsed">From the first send to the last answer.</param>
internal sealed record LoadResult(IReadOnlyList<Answer> Answers, int Refused, TimeSpan Elapsed)
{
    public double PerSecond => Answers.Count / Elapsed.TotalSeconds;
}

/// <summary>Sends prepared events over a number of keep-alive connections, from a thread of its own.</summary>
internal static class HttpLoad
{
    public const int Connections = 32;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    public static Task<LoadResult> RunAsync(int port, LoadPlan plan, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => Run(port, plan, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static LoadResult Run(int port, LoadPlan plan, CancellationToken cancellationToken)
    {
        Connection[] connections = [.. Enumerable.Range(0, Connections).Select(_ => new Connection(port))];
        try
        {
            return Run(connections, plan, cancellationToken);
        }
        finally
        {
            Array.ForEach(connections, connection => connection.Dispose());
        }
    }

    private static LoadResult Run(Connection[] connections, LoadPlan plan, CancellationToken cancellationToken)
    {
        var poll = new Poll(connections);
        var idle = new Stack<Connection>(connections);
        var answers = new List<Answer>(plan.Count);
        var (sent, refused) = (0, 0);
        var start = Stopwatch.GetTimestamp();
        var elapsed = TimeSpan.Zero;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            TimeSpan due;
            while ((due = NextDue(plan, sent)) <= elapsed && elapsed < plan.Duration && idle.TryPop(out var connection))
            {
                connection.Send(plan.EventAt(sent), plan.Events.Request(plan.EventAt(sent)), Stopwatch.GetTimestamp());
                sent++;
            }

            var done = plan.IsLast(sent) || elapsed >= plan.Duration;
            if (done && idle.Count == connections.Length)
            {
                return new LoadResult(answers, refused, elapsed);
            }

            var ready = poll.Wait(idle.Count > 0 && !done ? Until(due, elapsed) : s_patience);
            elapsed = Stopwatch.GetElapsedTime(start);
            if (ready == 0 && idle.Count == 0)
            {
                throw new TimeoutException("The receiver answers nothing any more.");
            }

            for (var index = 0; ready > 0 && index < connections.Length; index++)
            {
                if (poll.IsReady(index) && connections[index].Receive() is { } status)
                {
                    idle.Push(connections[index]);
                    refused += status == 200 ? 0 : 1;
                    if (status == 200)
                    {
                        answers.Add(new Answer(
                            connections[index].Event, Stopwatch.GetElapsedTime(connections[index].SentAt), TimeProvider.System.GetUtcNow()));
                    }
                }
            }
        }
    }

    private static TimeSpan NextDue(LoadPlan plan, int sent) =>
        plan.IsLast(sent) ? TimeSpan.MaxValue
        : plan.PerSecond is { } rate ? TimeSpan.FromSeconds(sent / rate)
        : TimeSpan.Zero;

    private static TimeSpan Until(TimeSpan due, TimeSpan elapsed) =>
        due - elapsed < s_patience ? due - elapsed : s_patience;
}
