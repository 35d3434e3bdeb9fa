using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CheckoutAspire.Operations.Explanations;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.Operations.Repair;

/// <summary>Why an approval would deliver goods although nothing proves that they are to be delivered. An operator must say it twice.</summary>
internal sealed record ApprovalDoubt
{
    /// <summary>The order is not paid.</summary>
    public const string Unpaid = "unpaid";

    /// <summary>Nothing proves the sale, or that the order was not fulfilled before.</summary>
    public const string Unproven = "unproven";

    /// <summary>The buyer has got all of the money back.</summary>
    public const string Refunded = "refunded";

    private const int DigestBytes = 4;

    private ApprovalDoubt(Order order, string word, string sentence)
    {
        (Word, Sentence) = (word, sentence);
        var said = string.Create(
            CultureInfo.InvariantCulture, $"{order.SessionId}\n{order.Hold}\n{order.Payment}\n{order.AmountRefunded}\n{string.Join(' ', order.Causes)}");
        Confirmation = $"{word}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said)).AsSpan(0, DigestBytes))}";
    }

    /// <summary>The doubt in one word, which is also the code of the API and what the page wants to be typed.</summary>
    public string Word { get; }

    /// <summary>What is not proven.</summary>
    public string Sentence { get; }

    /// <summary>What a caller of the API sends with the second statement. It changes when the order does.</summary>
    public string Confirmation { get; }

    /// <summary>The doubt about an order, or null.</summary>
    public static ApprovalDoubt? Of(Order order) => order switch
    {
        { Payment: not OrderPayment.Paid } => new(
            order, Unpaid, $"The order is not paid: its payment is {order.Payment.ToString().ToLowerInvariant()}, and nothing proves that you get the money."),
        _ when order.Causes.Any(cause => cause is "origin" or "lost") => new(
            order, Unproven, string.Join(' ', order.Causes.Where(cause => cause is "origin" or "lost").Select(OrderExplanation.CauseInWords))),
        { AmountTotal: > 0 } when order.AmountRefunded >= order.AmountTotal => new(
            order, Refunded, $"The buyer has got all of the payment back: {Amount.Write(order.AmountRefunded, order.Currency)} was refunded."),
        _ => null,
    };
}
