using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using CheckoutAspire.StripeSandbox.Objects;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>A log of saved and deleted objects. The sandbox keeps the newest <c>Sandbox__KeptRecords</c> records.</summary>
/// <remarks>
/// With a data directory the journal is on disk and survives a restart: segments named <c>sandbox-000017.jsonl</c> with one line per record,
/// <c>{"n":12,"kind":"Session","entity":{"id":"cs_test_a1…",…}}</c> or <c>{"kind":"StoredEndpoint","deleted":"we_1…"}</c>. The last line of an
/// object applies. Segments are never rewritten: the oldest is dropped as a whole, with the objects that have not been saved again since.
/// </remarks>
internal sealed partial class Journal : IDisposable
{
    private const int Segments = 20;

    private readonly string? _directory;
    private readonly int _kept;
    private readonly ILogger<Journal> _logger;
    private readonly Queue<Segment> _segments = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;
    private Segment _current = new(1);
    private FileStream? _file;
    private int _records;

    public Journal(IOptions<SandboxOptions> options, ILogger<Journal> logger)
    {
        _logger = logger;
        _kept = options.Value.KeptRecords;
        _directory = options.Value.DataDirectory is { } directory ? Directory.CreateDirectory(directory).FullName : null;
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _segments.Enqueue(_current);
    }

    /// <summary>The segment that is being written. It changes only between transactions.</summary>
    public long Current => _current.Number;

    /// <summary>Whether the oldest segment has to be dropped.</summary>
    public bool IsFull => _records > _kept && _segments.Count > 1;

    /// <summary>Fills the tables from the files and opens the last file for appending.</summary>
    public void Replay(IEnumerable<ITable> tables)
    {
        if (_directory is null)
        {
            return;
        }

        var reader = new JournalReader(tables);
        _segments.Clear();
        foreach (var path in Directory.EnumerateFiles(_directory, "sandbox-*.jsonl").Order(StringComparer.Ordinal))
        {
            _current = new Segment(long.Parse(Path.GetFileNameWithoutExtension(path)["sandbox-".Length..], CultureInfo.InvariantCulture));
            _segments.Enqueue(_current);
            if (reader.Read(path, _current) is > 0 and var unreadable)
            {
                // The process died while it wrote the line, so the change was never acknowledged.
                Log.UnreadableLines(_logger, unreadable);
            }

            _records += _current.Records.Count;
        }

        if (_segments.Count == 0)
        {
            _current = new Segment(1);
            _segments.Enqueue(_current);
        }

        Open();
    }

    /// <summary>Appends the objects that a transaction saved and deleted.</summary>
    public void Append(IReadOnlyCollection<(ITable Table, IHasId Entity)> saved, IReadOnlyCollection<(ITable Table, string Id)> deleted)
    {
        if (saved.Count + deleted.Count == 0)
        {
            return;
        }

        foreach (var (table, entity) in saved)
        {
            _current.Records.Add(new Record(table, entity.Id));
            Write(table, entity);
        }

        foreach (var (table, id) in deleted)
        {
            _current.Records.Add(new Record(table, id));
            WriteDeleted(table, id);
        }

        _records += saved.Count + deleted.Count;
        _file?.Flush();
        if (_current.Records.Count >= Math.Max(1, _kept / Segments))
        {
            _current = new Segment(_current.Number + 1);
            _segments.Enqueue(_current);
            Open();
        }
    }

    public Segment Oldest() => _segments.Peek();

    public void DropOldest()
    {
        var oldest = _segments.Dequeue();
        _records -= oldest.Records.Count;
        if (_directory is not null)
        {
            System.IO.File.Delete(PathOf(oldest));
        }
    }

    public void Dispose()
    {
        _file?.Dispose();
        _json.Dispose();
    }

    private void Write(ITable table, IHasId entity)
    {
        if (_file is null)
        {
            return;
        }

        Begin();
        _json.WriteNumber("n", table.OrdinalOf(entity.Id));
        _json.WriteString("kind", table.Kind);
        _json.WritePropertyName("entity");
        JsonSerializer.Serialize(_json, entity, entity.GetType(), StripeJson.Compact);
        End();
    }

    private void WriteDeleted(ITable table, string id)
    {
        if (_file is null)
        {
            return;
        }

        Begin();
        _json.WriteString("kind", table.Kind);
        _json.WriteString("deleted", id);
        End();
    }

    private void Begin()
    {
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
    }

    private void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        _file!.Write(_line.WrittenSpan);
    }

    private void Open()
    {
        _file?.Dispose();
        _file = null;
        if (_directory is null)
        {
            return;
        }

        _file = new FileStream(PathOf(_current), OwnerOnly.Options(FileMode.Append));
        if (_file.Position > 0)
        {
            // End a line that a killed process left unfinished; empty lines are ignored.
            _file.Write("\n"u8);
        }
    }

    private string PathOf(Segment segment) => Path.Combine(_directory!, $"sandbox-{segment.Number:D6}.jsonl");

    /// <summary>Consecutive records, which are dropped together.</summary>
    internal sealed record Segment(long Number)
    {
        public List<Record> Records { get; } = [];
    }

    internal readonly record struct Record(ITable Table, string Id);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Skipped {Count} unreadable lines of the sandbox's journal.")]
        public static partial void UnreadableLines(ILogger logger, int count);
    }
}
