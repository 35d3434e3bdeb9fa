namespace CheckoutAspire.TestKit;

/// <summary>The repository's folders, as seen from the built tests.</summary>
public static class Repository
{
    /// <summary>The folder of <c>global.json</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A project's own output, built next to the running tests: <c>artifacts/bin/CheckoutAspire.Worker/debug/CheckoutAspire.Worker.dll</c>.</summary>
    public static string Built(string project, string extension = ".dll")
    {
        var tests = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Path.Combine(tests.Parent!.Parent!.FullName, project, tests.Name, project + extension);
    }

    /// <summary>A file of the npm packages that <c>./test</c> installs.</summary>
    public static string Npm(string path)
    {
        var file = Path.Combine(Root, "tests", "npm", "node_modules", path);
        return File.Exists(file)
            ? file
            : throw new InvalidOperationException($"{path} is not installed: run ./test, or npm install --prefix tests/npm --no-package-lock");
    }

    /// <summary>A folder for files that a test leaves behind. It is not committed.</summary>
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
