namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>One terminal for many processes: each line carries its resource's name, in that resource's color.</summary>
internal sealed class HostConsole(TextWriter writer, bool color)
{
    private const int NameWidth = 14;
    private const string Reset = "\e[0m";

    // Cyan, green, yellow, magenta, blue: readable on light and on dark.
    private static readonly string[] s_colors = ["\e[36m", "\e[32m", "\e[33m", "\e[35m", "\e[34m"];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _colorOf = new(StringComparer.Ordinal);

    /// <summary>The process's own terminal. Color only for eyes, and not for those who ask for none (https://no-color.org).</summary>
    public static HostConsole Standard() => new(
        Console.Out, color: !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    /// <summary>A line of a resource's log.</summary>
    public void Log(string resource, string line)
    {
        lock (_lock)
        {
            var name = resource.PadRight(NameWidth);
            if (!color)
            {
                writer.WriteLine($"{name} | {line}");
                return;
            }

            if (!_colorOf.TryGetValue(resource, out var its))
            {
                _colorOf[resource] = its = s_colors[_colorOf.Count % s_colors.Length];
            }

            writer.WriteLine($"{its}{name} |{Reset} {line}");
        }
    }

    /// <summary>Lines of the host's own, kept together.</summary>
    public void Write(IReadOnlyList<string> lines)
    {
        lock (_lock)
        {
            foreach (var line in lines)
            {
                writer.WriteLine(line);
            }

            writer.Flush();
        }
    }
}
