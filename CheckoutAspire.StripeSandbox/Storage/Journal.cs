using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>
/// An append-only file of what was saved, so that a restart finds it again: one line an object,
/// <c>{"kind":"Session","entity":{"id":"cs_test_a1…",…}}</c>; the last line of an object counts. Without a data directory it keeps nothing.
/// </summary>
internal sealed partial class Journal : IDisposable
{
    private readonly string? _path;
    private readonly ILogger<Journal> _logger;
    private StreamWriter? _writer;

    public Journal(IOptions<SandboxOptions> options, ILogger<Journal> logger)
    {
        _logger = logger;
        if (options.Value.DataDirectory is { } directory)
        {
            _path = Path.Combine(Directory.CreateDirectory(directory).FullName, "sandbox.jsonl");
        }
    }

    /// <summary>The objects of the file in the order they were first saved, each as it was last saved; then opens it for appending.</summary>
    public IEnumerable<IHasId> Replay(IEnumerable<Type> kinds)
    {
        if (_path is null)
        {
            yield break;
        }

        var byName = kinds.ToDictionary(kind => kind.Name, StringComparer.Ordinal);
        if (System.IO.File.Exists(_path))
        {
            foreach (var line in System.IO.File.ReadLines(_path, Encoding.UTF8))
            {
                if (Read(line, byName) is { } entity)
                {
                    yield return entity;
                }
            }
        }

        _writer = new StreamWriter(new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read), new UTF8Encoding(false));
    }

    public void Append(IReadOnlyCollection<IHasId> saved)
    {
        if (_writer is null || saved.Count == 0)
        {
            return;
        }

        foreach (var entity in saved)
        {
            var line = new JsonObject { ["kind"] = entity.GetType().Name, ["entity"] = StripeJson.ToStored(entity) };
            _writer.Write(line.ToJsonString(StripeJson.Compact));
            _writer.Write('\n');
        }

        _writer.Flush();
    }

    public void Dispose() => _writer?.Dispose();

    private IHasId? Read(string line, Dictionary<string, Type> kinds)
    {
        try
        {
            var json = JsonNode.Parse(line);
            return kinds.TryGetValue((string?)json?["kind"] ?? "", out var kind) && json!["entity"] is JsonObject entity
                ? (IHasId?)StripeJson.FromStored(entity, kind)
                : null;
        }
        catch (JsonException)
        {
            // The process died while it wrote the line; what the line said was never acknowledged to anyone.
            Log.UnreadableLine(_logger);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A line of the sandbox's journal is unreadable and was skipped.")]
        public static partial void UnreadableLine(ILogger logger);
    }
}
