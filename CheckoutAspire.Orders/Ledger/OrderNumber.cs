using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CheckoutAspire.Orders.Ledger;

/// <summary>
/// The short number by which buyers, agents and operators name an order, for example <c>7K3V9-QWX2M</c>. It follows from the order's reference, so every
/// service shows the same number and none stores it.
/// </summary>
public static class OrderNumber
{
    // Without letters that people mistake for digits or for each other.
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int BitsPerCharacter = 5;
    private const int GroupLength = 5;

    /// <summary>The number of an order.</summary>
    /// <param name="orderRef">Its reference. A renewal has that, and therefore the number, of the order that began the subscription.</param>
    /// <param name="id">Its id, for an order without a reference.</param>
    public static string Of(string orderRef, string id) => Of(orderRef.Length > 0 ? orderRef : id);

    /// <summary>The number of the order with this reference.</summary>
    public static string Of(string orderRef) => string.Create(
        2 * GroupLength + 1,
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(orderRef))),
        static (number, bits) =>
        {
            for (var position = 0; position < number.Length; position++)
            {
                if (position == GroupLength)
                {
                    number[position] = '-';
                    continue;
                }

                number[position] = Alphabet[(int)(bits & ((1 << BitsPerCharacter) - 1))];
                bits >>= BitsPerCharacter;
            }
        });
}
