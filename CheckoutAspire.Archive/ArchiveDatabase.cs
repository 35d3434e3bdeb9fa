using System.Data.Common;
using CheckoutAspire.Orders.Archive;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace CheckoutAspire.Archive;

/// <summary>Opens the archive's database and creates its tables: a SQLite file, or PostgreSQL when the connection string names a host.</summary>
internal sealed class ArchiveDatabase : IAsyncDisposable
{
    /// <summary>How long a command waits for another process that writes to the same file, in seconds.</summary>
    private const int BusySeconds = 10;

    /// <summary>Any number that no other application locks in the same database.</summary>
    private const long SchemaLock = 6_021_970_041;

    private readonly DbDataSource _source;
    private readonly SemaphoreSlim _creating = new(1);
    private volatile bool _isCreated;

    /// <exception cref="ArgumentException">The connection string is neither SQLite's nor PostgreSQL's.</exception>
    public ArchiveDatabase(string connectionString)
    {
        IsPostgres = NamesHost(connectionString);
        _source = IsPostgres ? NpgsqlDataSource.Create(connectionString) : SqliteFactory.Instance.CreateDataSource(SqliteConnectionString(connectionString));
    }

    private bool IsPostgres { get; }

    /// <summary>Runs commands on a connection, in one transaction.</summary>
    /// <exception cref="ArchiveUnavailableException">The database does not answer.</exception>
    public async Task<T> RunAsync<T>(Func<DbConnection, DbTransaction, Task<T>> commands)
    {
        try
        {
            await CreateAsync();
            await using var connection = await OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            var result = await commands(connection, transaction);
            await transaction.CommitAsync();
            return result;
        }
        catch (Exception exception) when (exception is DbException or TimeoutException)
        {
            throw new ArchiveUnavailableException(exception);
        }
    }

    /// <summary>Runs one query.</summary>
    /// <exception cref="ArchiveUnavailableException">The database does not answer.</exception>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object parameters)
    {
        try
        {
            await CreateAsync();
            await using var connection = await OpenAsync();
            return [.. await connection.QueryAsync<T>(sql, parameters)];
        }
        catch (Exception exception) when (exception is DbException or TimeoutException)
        {
            throw new ArchiveUnavailableException(exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _creating.Dispose();
    }

    /// <summary>Whether a connection string is PostgreSQL's: it names a host, which SQLite's never does.</summary>
    internal static bool NamesHost(string connectionString) =>
        new DbConnectionStringBuilder { ConnectionString = connectionString }.Keys.Cast<string>().Any(key => key is "host" or "server");

    /// <summary>A connection string, or the path of the file alone.</summary>
    internal static string Normalize(string configured) => configured.Contains('=', StringComparison.Ordinal) ? configured : "Data Source=" + configured;

    private static string SqliteConnectionString(string configured) =>
        new SqliteConnectionStringBuilder(configured) { DefaultTimeout = BusySeconds, Pooling = true }.ConnectionString;

    private async Task<DbConnection> OpenAsync()
    {
        var connection = await _source.OpenConnectionAsync();
        if (!IsPostgres)
        {
            // Of the connection, not of the file: what is committed is on disk.
            await connection.ExecuteAsync("PRAGMA synchronous = FULL");
        }

        return connection;
    }

    private async Task CreateAsync()
    {
        if (_isCreated)
        {
            return;
        }

        await _creating.WaitAsync();
        try
        {
            if (_isCreated)
            {
                return;
            }

            await using var connection = await OpenAsync();
            if (!IsPostgres)
            {
                // Of the file: readers and the writer do not wait for each other, in other processes neither.
                await connection.ExecuteAsync("PRAGMA journal_mode = WAL");
            }

            await using var transaction = await connection.BeginTransactionAsync();
            if (IsPostgres)
            {
                // Two services that create the same tables at the same time fail.
                await connection.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", new { key = SchemaLock }, transaction);
            }

            await connection.ExecuteAsync(ReadSchema().Replace("{text}", IsPostgres ? "text COLLATE \"C\"" : "text", StringComparison.Ordinal), transaction: transaction);
            await transaction.CommitAsync();
            _isCreated = true;
        }
        finally
        {
            _creating.Release();
        }
    }

    private static string ReadSchema()
    {
        using var reader = new StreamReader(typeof(ArchiveDatabase).Assembly.GetManifestResourceStream("schema.sql")!);
        return reader.ReadToEnd();
    }
}
