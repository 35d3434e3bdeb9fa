using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace CheckoutAspire.Worker.Events;

/// <summary>
/// Reads a usual event of a session, in a fraction of the serializer's time and with its result. Any other event is left to the serializer, which decides
/// what is valid and what is wrong (docs/decisions/0023).
/// </summary>
internal static class CheckoutEventScanner
{
    /// <summary>Reads an event. Returns false if it is not of the usual form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out StripeEvent<CheckoutSession>? read)
    {
        try
        {
            var json = new UsualJson(body);
            read = ReadEvent(ref json);
            return !json.IsUnusual;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The runtime throws InvalidOperationException for an unpaired surrogate in a name.
            read = null;
            return false;
        }
    }

    private static StripeEvent<CheckoutSession> ReadEvent(ref UsualJson json)
    {
        var read = new StripeEvent<CheckoutSession>();
        var (hasCreated, hasData) = (false, false);
        json.EnterObject();
        while (json.TryReadName(out var name))
        {
            if (name.SequenceEqual("created"u8))
            {
                json.Once(ref hasCreated);
                read.Created = json.ReadInteger();
            }
            else if (name.SequenceEqual("data"u8))
            {
                json.Once(ref hasData);
                read.Data = ReadData(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        json.Expect(hasData);
        if (!json.IsUnusual)
        {
            json.ReadEnd();
        }

        return read;
    }

    private static StripeEventData<CheckoutSession> ReadData(ref UsualJson json)
    {
        var data = new StripeEventData<CheckoutSession>();
        var hasObject = false;
        json.EnterObject();
        while (json.TryReadName(out var name))
        {
            if (name.SequenceEqual("object"u8))
            {
                json.Once(ref hasObject);
                data.Object = ReadSession(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        json.Expect(hasObject);
        return data;
    }

    private static CheckoutSession ReadSession(ref UsualJson json)
    {
        var session = new CheckoutSession();
        var seen = CheckoutMembers.None;
        json.EnterObject();
        while (json.TryReadName(out var name))
        {
            var member = CheckoutMember.Named(name);
            if (member == CheckoutMembers.None)
            {
                json.Skip();
                continue;
            }

            json.Expect((seen & member) == 0);
            seen |= member;
            ReadMember(ref json, session, member);
        }

        json.Expect((seen & CheckoutMembers.Required) == CheckoutMembers.Required);
        return session;
    }

    private static void ReadMember(ref UsualJson json, CheckoutSession session, CheckoutMembers member)
    {
        switch (member)
        {
            case CheckoutMembers.Id:
                session.Id = json.ReadText();
                break;
            case CheckoutMembers.Currency:
                session.Currency = json.ReadFrequentText();
                break;
            case CheckoutMembers.AmountSubtotal:
                session.AmountSubtotal = json.ReadInteger();
                break;
            case CheckoutMembers.AmountTotal:
                session.AmountTotal = json.ReadInteger();
                break;
            case CheckoutMembers.Livemode:
                session.Livemode = json.ReadBoolean();
                break;
            case CheckoutMembers.PaymentStatus:
                session.PaymentStatus = json.ReadFrequentText();
                break;
            case CheckoutMembers.Created:
                session.Created = json.ReadInteger();
                break;
            case CheckoutMembers.ExpiresAt:
                session.ExpiresAt = json.ReadInteger();
                break;
            default:
                ReadNullable(ref json, session, member);
                break;
        }
    }

    private static void ReadNullable(ref UsualJson json, CheckoutSession session, CheckoutMembers member)
    {
        if (json.TryReadNull())
        {
            return;
        }

        switch (member)
        {
            case CheckoutMembers.PaymentIntent:
                session.PaymentIntent = json.ReadText();
                break;
            case CheckoutMembers.Mode:
                session.Mode = json.ReadFrequentText();
                break;
            case CheckoutMembers.Subscription:
                session.Subscription = json.ReadText();
                break;
            case CheckoutMembers.AllowPromotionCodes:
                session.AllowPromotionCodes = json.ReadBoolean();
                break;
            case CheckoutMembers.AutomaticTax:
                session.AutomaticTax = ReadTax(ref json);
                break;
            case CheckoutMembers.ShippingOptions:
                session.ShippingOptions = json.ReadElement();
                break;
            case CheckoutMembers.ClientReferenceId:
                session.ClientReferenceId = json.ReadText();
                break;
            case CheckoutMembers.Metadata:
                session.Metadata = json.ReadTexts();
                break;
            default:
                json.Expect(false);
                break;
        }
    }

    private static CheckoutTax ReadTax(ref UsualJson json)
    {
        var tax = new CheckoutTax();
        var hasEnabled = false;
        json.EnterObject();
        while (json.TryReadName(out var name))
        {
            if (name.SequenceEqual("enabled"u8))
            {
                json.Once(ref hasEnabled);
                tax.Enabled = json.ReadBoolean();
            }
            else
            {
                json.Skip();
            }
        }

        return tax;
    }
}
