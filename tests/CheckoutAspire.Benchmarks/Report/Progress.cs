namespace CheckoutAspire.Benchmarks.Report;

/// <summary>Prints the progress on the standard error stream, apart from the report.</summary>
internal static class Progress
{
    public static void Say(FormattableString line) => Console.Error.WriteLine(FormattableString.Invariant(line));
}
