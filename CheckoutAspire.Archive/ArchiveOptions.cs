using System.Globalization;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace CheckoutAspire.Archive;

/// <summary>Where the archive is, and how long orders stay in Redis and in it.</summary>
public sealed class ArchiveOptions : IReadOptions
{
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_greatest = TimeSpan.FromDays(36_500);

    /// <summary>
    /// <c>ConnectionStrings__archive</c>: the path of a SQLite file, or a connection string of SQLite or PostgreSQL. Without it there is no archive.
    /// </summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>How long after its last change a settled order leaves Redis (<c>Orders__ArchiveAfter</c>). Journal and audit follow.</summary>
    public TimeSpan After { get; private set; } = TimeSpan.FromDays(35);

    /// <summary>How long after its last change an order is deleted from the archive (<c>Orders__ArchiveRetention</c>); null for never. Its tombstone stays.</summary>
    public TimeSpan? Retention { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    /// <summary>Whether there is an archive.</summary>
    public static bool IsConfigured(IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration.GetConnectionString("archive"));

    /// <inheritdoc/>
    public void Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        try
        {
            var normalized = ArchiveDatabase.Normalize(configuration.GetConnectionString("archive")!.Trim());
            ConnectionString = ArchiveDatabase.NamesHost(normalized)
                ? new NpgsqlConnectionStringBuilder(normalized).ConnectionString
                : new SqliteConnectionStringBuilder(normalized).ConnectionString;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            errors.Add("ConnectionStrings__archive must be the path of a SQLite file, or a connection string of PostgreSQL (Host=…).");
        }

        After = ReadTime(configuration, "ArchiveAfter", errors) ?? After;
        Retention = ReadTime(configuration, "ArchiveRetention", errors);
        ConfigurationErrors = errors;
    }

    private static TimeSpan? ReadTime(IConfiguration configuration, string name, List<string> errors)
    {
        if (configuration["Orders:" + name] is not { Length: > 0 } text)
        {
            return null;
        }

        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time >= s_least && time <= s_greatest)
        {
            return time;
        }

        errors.Add($"Orders__{name} must be a time between 00:00:00.001 and 36500.00:00:00, for example 35.00:00:00.");
        return null;
    }
}
