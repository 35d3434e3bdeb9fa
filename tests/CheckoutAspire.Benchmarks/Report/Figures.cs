using CheckoutAspire.Benchmarks.Mcp;
using CheckoutAspire.Benchmarks.Receiver;
using CheckoutAspire.Benchmarks.Worker;

namespace CheckoutAspire.Benchmarks.Report;

/// <summary>Everything that was measured under one <c>appendfsync</c>; null for benchmarks that did not run.</summary>
/// <param name="Fsync"><c>everysec</c> or <c>always</c>.</param>
/// <param name="Receivers">In the contenders' order.</param>
/// <param name="Workers">In the contenders' order.</param>
/// <param name="Latency">From 200 to fulfilled.</param>
/// <param name="Mcp">The cost of selling and waiting.</param>
internal sealed record Figures(
    string Fsync,
    IReadOnlyList<ReceiverFigures>? Receivers,
    IReadOnlyList<WorkerFigures>? Workers,
    Percentiles? Latency,
    McpFigures? Mcp);
