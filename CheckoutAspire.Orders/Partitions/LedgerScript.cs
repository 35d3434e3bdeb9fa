using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>A Lua script of the ledger, embedded from <c>Scripts/</c>. Its header states keys, arguments and reply.</summary>
/// <remarks>
/// The worker's scripts have <c>flags=allow-oom</c>: they delete an entry in the end, which frees memory in a full Redis.
/// Scripts that only add data do not have it, and a full Redis refuses them (<see href="https://redis.io/docs/latest/develop/programmability/lua-api/#script_flags"/>).
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

    /// <summary>Runs the script by its digest. If the server does not know the script, because it is new, has restarted or was flushed, the text is sent.</summary>
    /// <remarks>The digest is computed once: the client would look it up by the text, and hashing five kilobytes for each call took a fifth of a worker's CPU time.</remarks>
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

    /// <summary>Redis identifies scripts by SHA-1, which secures nothing here.</summary>
    private static byte[] Digest(string text) => CryptographicOperations.HashData(HashAlgorithmName.SHA1, Encoding.UTF8.GetBytes(text));

    private static string Read(string name)
    {
        using var stream = typeof(LedgerScript).Assembly.GetManifestResourceStream(name + ".lua")
            ?? throw new InvalidOperationException($"The script {name}.lua is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
