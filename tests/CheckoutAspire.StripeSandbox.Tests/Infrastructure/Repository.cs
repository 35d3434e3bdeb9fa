namespace CheckoutAspire.StripeSandbox.Tests.Infrastructure;

/// <summary>Locates the repository from the built tests.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>A file of the npm packages that <c>./test</c> installs.</summary>
    public static string Npm(string path)
    {
        var file = Path.Combine(Root, "tests", "npm", "node_modules", path);
        return File.Exists(file)
            ? file
            : throw new InvalidOperationException($"{path} is not installed: run ./test, or npm install --prefix tests/npm --no-package-lock");
    }

    /// <summary>A folder for the output of tests, which is not committed.</summary>
    public static string Artifacts(string name) => Directory.CreateDirectory(Path.Combine(Root, "artifacts", name)).FullName;

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "global.json")))
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }
}
