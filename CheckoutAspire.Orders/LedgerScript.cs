using StackExchange.Redis;

namespace CheckoutAspire.Orders;

/// <summary>A Lua script of the ledger, embedded from <c>Scripts/</c>. Its header states keys, arguments and reply.</summary>
internal sealed class LedgerScript
{
    private const string Shebang = "#!lua\n";

    private readonly string _text;

    public LedgerScript(string name) => _text = Shebang + Read("_ledger") + Read(name)[Shebang.Length..];

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
