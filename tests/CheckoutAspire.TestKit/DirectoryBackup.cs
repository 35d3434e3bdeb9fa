namespace CheckoutAspire.TestKit;

/// <summary>A copy of a directory, which replaces the directory when it is restored.</summary>
public sealed class DirectoryBackup : IDisposable
{
    private readonly DirectoryInfo _source;
    private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("checkout-backup-");

    public DirectoryBackup(DirectoryInfo source)
    {
        _source = source;
        Copy(source, _copy);
    }

    /// <summary>Replaces the directory, or another one, by the copy.</summary>
    public void Restore(DirectoryInfo? other = null)
    {
        var target = other ?? _source;
        foreach (var directory in target.GetDirectories())
        {
            directory.Delete(recursive: true);
        }

        Copy(_copy, target);
    }

    public void Dispose() => _copy.Delete(recursive: true);

    private static void Copy(DirectoryInfo from, DirectoryInfo to)
    {
        foreach (var file in from.GetFiles("*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to.FullName, Path.GetRelativePath(from.FullName, file.FullName));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            file.CopyTo(target, overwrite: true);
        }
    }
}
