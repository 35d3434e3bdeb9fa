using System.Collections.Concurrent;
using CheckoutAspire.Orders.Archive;
using CheckoutAspire.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CheckoutAspire.Orders.Tests.Archive;

/// <summary>A Redis and the archives that tests run on: SQLite in a file, and PostgreSQL where it is installed.</summary>
public sealed class ArchiveFixture : IAsyncLifetime
{
    public const string Sqlite = "SQLite";
    public const string Postgres = "PostgreSQL";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checkout-archive-");
    private readonly ConcurrentBag<ServiceProvider> _services = [];
    private readonly Lazy<Task<PostgresServer>> _postgres = new(PostgresServer.StartAsync);

    public RedisServer Redis { get; private set; } = null!;

    /// <summary>Prints why PostgreSQL is left out where it is not installed. It is a separate case for each test where it is.</summary>
    public static TheoryData<string> Databases()
    {
        if (PostgresServer.IsInstalled)
        {
            return [Sqlite, Postgres];
        }

        Console.WriteLine("PostgreSQL (initdb, postgres) is not installed: the archive is tested on SQLite only.");
        return [Sqlite];
    }

    public async ValueTask InitializeAsync() => Redis = await RedisServer.StartAsync();

    /// <summary>An archive as the services open it.</summary>
    /// <param name="database">One of <see cref="Databases"/>, or the path of a SQLite file.</param>
    public async Task<IOrderArchive> OpenAsync(string database)
    {
        var connectionString = database == Postgres
            ? (await _postgres.Value).ConnectionString
            : Path.Combine(_directory.FullName, database == Sqlite ? "orders.db" : database);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("ConnectionStrings:archive", connectionString)])
            .Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddOrderArchive(configuration).BuildServiceProvider();
        _services.Add(services);
        return services.GetRequiredService<IOrderArchive>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var services in _services)
        {
            await services.DisposeAsync();
        }

        if (_postgres.IsValueCreated)
        {
            await (await _postgres.Value).DisposeAsync();
        }

        await Redis.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
