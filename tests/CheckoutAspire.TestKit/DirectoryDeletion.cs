namespace CheckoutAspire.TestKit;

/// <summary>Deletes the directories of processes that were killed.</summary>
internal static class DirectoryDeletion
{
    /// <summary>Deletes a directory with its files, also if a descendant of the killed process still ends its last write to it.</summary>
    public static Task DeleteAfterKillAsync(this DirectoryInfo directory) => Eventually.GetAsync(
        () => Task.FromResult(TryDelete(directory)), isDeleted => isDeleted, CancellationToken.None);

    private static bool TryDelete(DirectoryInfo directory)
    {
        try
        {
            directory.Delete(recursive: true);
            return true;
        }
        catch (IOException)
        {
            // The directory is not empty: a file was created after the others were deleted.
            directory.Refresh();
            return !directory.Exists;
        }
    }
}
