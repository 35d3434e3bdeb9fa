namespace CheckoutAspire.StripeSandbox.Objects;

/// <summary>Opens files that only the user of this process may read and write.</summary>
internal static class OwnerOnly
{
    private const int BufferSize = 1 << 16;

    /// <summary>Options for a file that is written and may be read and deleted meanwhile.</summary>
    public static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = BufferSize,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
