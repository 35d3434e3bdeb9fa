using System.Globalization;

namespace CheckoutAspire.Benchmarks;

/// <summary>The benchmarks to run and their durations.</summary>
internal sealed record BenchOptions
{
    public const string Usage = """
        ./bench                    everything, five rounds, under everysec and always; writes docs/benchmarks.md
        ./bench --quick            one short round of each, as a smoke test; writes nothing
        ./bench --soak 10m         memory of receiver and worker at a steady rate; writes its part of docs/benchmarks.md

        ./bench --scale            memory, start and time of an event with a million orders, in Redis and in the archive; writes its part of docs/benchmarks.md
        ./bench --only sandbox     the Stripe sandbox at 200 sessions/s for five minutes, and its memory; writes its part of docs/benchmarks.md

          --only PART              receiver, worker, latency or mcp; writes nothing
          --contender NAME,NAME    only those whose name contains one of these; writes nothing
          --fsync MODE             everysec or always; writes nothing
          --rounds N               rounds (5)
          --warm-up N              seconds of load before the clock runs (10)
          --seconds N              timed seconds of a receiver's round (5)
          --backlog N              entries that the worker drains (300000)
          --workers N              workers of the latency (1); more write nothing
          --rate N                 events a second of the latency and the soak (500), sessions a second of the sandbox (200)
          --minutes N              how long the sandbox sells (5)
          --orders N               orders of --scale (1000000); fewer write nothing
          --calls N                timed calls of initiate_checkout (2000)
        """;

    /// <summary>Runs only if it is requested, because it has no peer and takes long.</summary>
    public const string SandboxPart = "sandbox";

    /// <summary>The number of orders for which the document has figures.</summary>
    public const int FullScale = 1_000_000;

    public bool Quick { get; init; }

    public TimeSpan? Soak { get; init; }

    public bool Scale { get; init; }

    public int Orders { get; init; } = FullScale;

    public string? Only { get; init; }

    public string Contender { get; init; } = "";

    public IReadOnlyList<string> Fsync { get; init; } = ["everysec", "always"];

    public int Rounds { get; init; } = 5;

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Timed { get; init; } = TimeSpan.FromSeconds(5);

    public int Backlog { get; init; } = 300_000;

    public int Workers { get; init; } = 1;

    public int Rate { get; init; } = 500;

    public int SandboxRate { get; init; } = 200;

    public TimeSpan SandboxTimed { get; init; } = TimeSpan.FromMinutes(5);

    public int Calls { get; init; } = 2_000;

    public TimeSpan LatencyTimed { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether the run measures everything that the document contains.</summary>
    public bool Publishes => this is { Quick: false, Only: null, Contender: "", Fsync.Count: 2, Workers: 1 };

    public bool Runs(string part) => Only is null || Only == part;

    public bool Includes(string contender) =>
        Contender.Split(',').Any(name => contender.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="FormatException">An argument is unknown.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> args)
    {
        var options = new BenchOptions();
        for (var index = 0; index < args.Count; index++)
        {
            var name = args[index];
            options = name is "--quick" ? options.Shortened() : name is "--scale" ? options with { Scale = true } : options.With(name, ++index < args.Count ? args[index] : "");
        }

        return options;
    }

    private BenchOptions Shortened() => this with
    {
        Quick = true,
        Rounds = 1,
        WarmUp = TimeSpan.FromSeconds(1),
        Timed = TimeSpan.FromSeconds(1.5),
        Backlog = 10_000,
        Calls = 200,
        LatencyTimed = TimeSpan.FromSeconds(4),
        SandboxTimed = TimeSpan.FromSeconds(10),
        Fsync = ["everysec"],
    };

    private BenchOptions With(string name, string value) => (name, value) switch
    {
        ("--only", "receiver" or "worker" or "latency" or "mcp") => this with { Only = value },
        ("--only", SandboxPart) => this with { Only = value },
        ("--minutes", _) => this with { SandboxTimed = TimeSpan.FromMinutes(Number(name, value)) },
        ("--contender", _) => this with { Contender = value },
        ("--fsync", "everysec" or "always") => this with { Fsync = [value] },
        ("--rounds", _) => this with { Rounds = Number(name, value) },
        ("--seconds", _) => this with { Timed = TimeSpan.FromSeconds(Number(name, value)) },
        ("--warm-up", _) => this with { WarmUp = TimeSpan.FromSeconds(Number(name, value)) },
        ("--backlog", _) => this with { Backlog = Number(name, value) },
        ("--workers", _) => this with { Workers = Number(name, value) },
        ("--orders", _) => this with { Orders = Number(name, value) },
        ("--calls", _) => this with { Calls = Number(name, value) },
        ("--rate", _) => this with { Rate = Number(name, value), SandboxRate = Number(name, value) },
        ("--soak", [.. var minutes, 'm']) => this with { Soak = TimeSpan.FromMinutes(Number(name, minutes)) },
        ("--soak", [.. var seconds, 's']) => this with { Soak = TimeSpan.FromSeconds(Number(name, seconds)) },
        _ => throw new FormatException($"Not understood: {name} {value}"),
    };

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{name} takes a number above 0, not '{value}'.");
}
