namespace CheckoutAspire.AppHost.Tests;

/// <summary>A directory of one test's own.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-apphost-");

    public string Path => _directory.FullName;

    public void Dispose() => _directory.Delete(recursive: true);
}
