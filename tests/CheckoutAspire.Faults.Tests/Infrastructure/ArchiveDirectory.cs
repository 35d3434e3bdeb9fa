using Microsoft.Data.Sqlite;

namespace CheckoutAspire.Faults.Tests.Infrastructure;

/// <summary>The directory of an archive in a SQLite file, which tests lock and move away.</summary>
internal sealed class ArchiveDirectory : IDisposable
{
    private readonly DirectoryInfo _parent = Directory.CreateTempSubdirectory("checkout-archive-");

    public ArchiveDirectory() => Directory.CreateDirectory(Present);

    /// <summary>The path of the SQLite file.</summary>
    public string Database => Path.Combine(Present, "orders.db");

    private string Present => Path.Combine(_parent.FullName, "present");

    private string Absent => Path.Combine(_parent.FullName, "absent");

    /// <summary>Makes the database unavailable: no process can open it until it is back.</summary>
    public void Remove() => Directory.Move(Present, Absent);

    public void Return() => Directory.Move(Absent, Present);

    /// <summary>Keeps everything else from writing until the result is disposed of.</summary>
    public async Task<IAsyncDisposable> LockAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync(cancellationToken);
        return connection;
    }

    public void Dispose() => _parent.Delete(recursive: true);
}
