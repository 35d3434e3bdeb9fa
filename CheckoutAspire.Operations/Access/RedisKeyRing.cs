using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;
using StackExchange.Redis;

namespace CheckoutAspire.Operations.Access;

/// <summary>
/// Keeps the keys that protect cookies and forms in the ledger's Redis: an operator stays signed in when the service restarts, and on every instance of it.
/// </summary>
internal sealed class RedisKeyRing(IConnectionMultiplexer redis) : IXmlRepository
{
    private static readonly RedisKey s_key = "co:ledger:operations:keys";

    public IReadOnlyCollection<XElement> GetAllElements() =>
        [.. redis.GetDatabase().ListRange(s_key).Select(element => XElement.Parse(element.ToString()))];

    public void StoreElement(XElement element, string friendlyName) =>
        redis.GetDatabase().ListRightPush(s_key, element.ToString(SaveOptions.DisableFormatting));
}
