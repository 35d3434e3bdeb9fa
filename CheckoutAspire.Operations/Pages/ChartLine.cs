using System.Globalization;
using System.Text;

namespace CheckoutAspire.Operations.Pages;

/// <summary>The line of a chart, as the path of an SVG image of 360 by 100 units, and its values in words.</summary>
internal sealed class ChartLine
{
    public const int Width = 360;
    public const int Height = 100;

    private ChartLine(string path, double highest, double last, DateTimeOffset? highestAt) =>
        (Path, Highest, Last, HighestAt) = (path, highest, last, highestAt);

    /// <summary>The attribute <c>d</c> of a path. A gap in the samples is a gap in the line.</summary>
    public string Path { get; }

    public double Highest { get; }

    public double Last { get; }

    public DateTimeOffset? HighestAt { get; }

    /// <param name="points">The values by their times, oldest first.</param>
    /// <param name="from">The time at the left edge.</param>
    /// <param name="to">The time at the right edge.</param>
    /// <param name="top">The value at the upper edge at least.</param>
    public static ChartLine Of(IReadOnlyList<(DateTimeOffset At, double Value)> points, DateTimeOffset from, DateTimeOffset to, double top = 1)
    {
        var highest = points.Count == 0 ? default : points.MaxBy(point => point.Value);
        var (scale, span) = (Math.Max(top, highest.Value), (to - from).TotalSeconds);
        var path = new StringBuilder();
        DateTimeOffset? before = null;
        foreach (var (at, value) in points)
        {
            var (x, y) = (Width * (at - from).TotalSeconds / span, Height - (Height * value / scale));
            path.Append(CultureInfo.InvariantCulture, $"{(before is { } last && at - last < s_gap ? 'L' : 'M')}{x:0.#} {y:0.#}");

            // A single sample is a dot: a line needs two points.
            path.Append(before is null ? "h0.1" : "");
            before = at;
        }

        return new ChartLine(path.ToString(), highest.Value, points.Count == 0 ? 0 : points[^1].Value, points.Count == 0 ? null : highest.At);
    }

    private static readonly TimeSpan s_gap = TimeSpan.FromSeconds(150);
}
