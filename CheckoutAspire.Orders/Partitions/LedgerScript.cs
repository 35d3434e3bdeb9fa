using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>A Lua script of the ledger, embedded from <c>Scripts/</c>. Its header states keys, arguments and reply.</summary>
/// <remarks>
/// The worker's scripts say <c>flags=allow-oom</c>: they end in deleting an entry, and are what makes room in a Redis that is full.
/// Those that take something in do not, and so are refused then (<see href="https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags"/>).
/// </remarks>
internal sealed class LedgerScript
{
    private readonly string _text;
    private readonly byte[] _digest;

    public LedgerScript(string name)
    {
        // #!lua flags=allow-oom
        var script = Read(name);
        var shebang = script.IndexOf('\n', StringComparison.Ordinal) + 1;
        _text = script[..shebang] + Read("_ledger") + script[shebang..];
        _digest = Digest(_text);
    }

    /// <summary>Runs the script by its digest; the text follows when the server does not know it: the first time, and after a restart or a SCRIPT FLUSH.</summary>
    /// <remarks>The client keeps digests itself, in a table by text: to hash five kilobytes for each call took a fifth of a worker's processor time.</remarks>
    public async Task<RedisResult> EvaluateAsync(IDatabase database, RedisKey[] keys, params RedisValue[] arguments)
    {
        try
        {
            return await database.ScriptEvaluateAsync(_digest, keys, arguments);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await database.ScriptEvaluateAsync(_text, keys, arguments);
        }
    }

    [SuppressMessage("Security", "CA5350", Justification = "Redis names scripts so; nothing is secured by it.")]
    private static byte[] Digest(string text) => SHA1.HashData(Encoding.UTF8.GetBytes(text));

    private static string Read(string name)
    {
        using var stream = typeof(LedgerScript).Assembly.GetManifestResourceStream(name + ".lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
