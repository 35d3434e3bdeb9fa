using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>A Lua script of the ledger, embedded from <c>Scripts/</c>. Its header states keys, arguments and reply.</summary>
/// <remarks>
/// The worker's scripts say <c>flags=allow-oom</c>: they end in deleting an entry, and are what makes room in a Redis that is full.
/// Those that take something in do not, and so are refused then (<see href="https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags"/>).
/// </remarks>
internal sealed class LedgerScript
{
    private readonly string _text;

    public LedgerScript(string name)
    {
        // #!lua flags=allow-oom
        var script = Read(name);
        var shebang = script.IndexOf('\n', StringComparison.Ordinal) + 1;
        _text = script[..shebang] + Read("_ledger") + script[shebang..];
    }

    /// <summary>Runs the script; the client sends its digest only, once the server knows it.</summary>
    public Task<RedisResult> EvaluateAsync(IDatabase database, RedisKey[] keys, params RedisValue[] arguments) =>
        database.ScriptEvaluateAsync(_text, keys, arguments);

    private static string Read(string name)
    {
        using var stream = typeof(LedgerScript).Assembly.GetManifestResourceStream(name + ".lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
