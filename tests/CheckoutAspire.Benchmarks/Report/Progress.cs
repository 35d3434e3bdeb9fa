namespace CheckoutAspire.Benchmarks.Report;

/// <summary>Tells, beside the report, how far it has come.</summary>
internal static class Progress
{
    public static void Say(FormattableString line) => Console.Error.WriteLine(FormattableString.Invariant(line));
}
