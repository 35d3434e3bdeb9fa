namespace CheckoutAspire.AppHost.LocalHost;

/// <summary>Where the built services and their projects lie: <c>artifacts/bin/PROJECT/CONFIGURATION/PROJECT.dll</c> under the root.</summary>
/// <param name="Root">The repository's root.</param>
/// <param name="Configuration">The last folder of an output path: <c>debug</c> or <c>release</c>.</param>
internal sealed record LocalLayout(string Root, string Configuration)
{
    public string ProjectDirectory(string project) => Path.Combine(Root, project);

    public string Assembly(string project) => Path.Combine(Root, "artifacts", "bin", project, Configuration, $"{project}.dll");

    public string DataDirectory => Path.Combine(Root, ".data");

    public string DotEnvFile => Path.Combine(Root, ".env");

    /// <summary>The layout that an assembly in <paramref name="baseDirectory"/> is part of.</summary>
    /// <exception cref="ConfigurationException">It was built or copied elsewhere.</exception>
    public static LocalLayout Of(string baseDirectory)
    {
        // ROOT/artifacts/bin/CheckoutAspire.AppHost/debug/
        var output = new DirectoryInfo(baseDirectory);
        return output.Parent?.Parent is { Name: "bin", Parent: { Name: "artifacts", Parent: { } root } }
            ? new LocalLayout(root.FullName, output.Name)
            : throw new ConfigurationException(
                $"The services are looked for beside this build, but {baseDirectory} is not under artifacts/bin/: use ./run.");
    }
}
