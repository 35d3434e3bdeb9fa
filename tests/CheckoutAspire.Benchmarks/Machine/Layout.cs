namespace CheckoutAspire.Benchmarks.Machine;

/// <summary>The paths of the services, which are built next to this program, and of the peers and the data in <c>artifacts/bench</c>.</summary>
internal static class Layout
{
    private static readonly string s_artifacts = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", ".."));
    private static readonly string s_configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    public static string Receiver => Service("CheckoutAspire.Webhooks");

    public static string Worker => Service("CheckoutAspire.Worker");

    public static string McpApi => Service("CheckoutAspire.McpApi");

    public static string Sandbox => Service("CheckoutAspire.StripeSandbox");

    public static string Self => Service("CheckoutAspire.Benchmarks");

    public static string Document => Path.Combine(s_artifacts, "..", "docs", "benchmarks.md");

    /// <summary>The node of the peers' own package.json: the version is pinned like theirs.</summary>
    public static string Node => Path.Combine(Bench, "node", "node_modules", "node", "bin", "node");

    public static string NodeScript(string name) => Path.Combine(Bench, "node", name);

    public static string NewDirectory(string prefix) =>
        Directory.CreateDirectory(Path.Combine(Bench, prefix + Guid.NewGuid().ToString("N"))).FullName;

    private static string Bench => Path.Combine(s_artifacts, "bench");

    private static string Service(string name) => Path.Combine(s_artifacts, "bin", name, s_configuration, name + ".dll");
}
