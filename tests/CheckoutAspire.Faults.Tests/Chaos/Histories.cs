using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Events;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests.Chaos;

/// <summary>Generates random event histories of sessions as Stripe may deliver them: late, duplicated and in any order.</summary>
internal sealed class Histories(Random random)
{
    private static readonly (string Type, string Status)[][] s_shapes =
    [
        [(HandledEvents.CheckoutCompleted, "paid")],
        [(HandledEvents.CheckoutCompleted, "no_payment_required")],
        [(HandledEvents.CheckoutCompleted, "unpaid"), (HandledEvents.AsyncPaymentSucceeded, "paid")],
        [(HandledEvents.CheckoutCompleted, "unpaid"), (HandledEvents.AsyncPaymentFailed, "unpaid"), (HandledEvents.AsyncPaymentSucceeded, "paid")],
        [(HandledEvents.CheckoutExpired, "unpaid"), (HandledEvents.CheckoutCompleted, "paid")],
        [(HandledEvents.CheckoutCompleted, "unpaid"), (HandledEvents.AsyncPaymentFailed, "unpaid")],
        [(HandledEvents.CheckoutCompleted, "unpaid")],
        [(HandledEvents.CheckoutExpired, "unpaid")],
    ];

    private readonly ReturnHistories _returns = new(random);

    /// <summary>Generates the histories of so many sessions and renewals.</summary>
    public IReadOnlyList<Sale> Make(int sessions)
    {
        var sales = new List<Sale>();
        while (sales.Count < sessions)
        {
            sales.AddRange(MakeNext(sales.Count));
        }

        return sales;
    }

    /// <summary>Lets the returns of some sales come late, and has Stripe send the events of others again, when their orders are in the archive.</summary>
    public IReadOnlyList<Sale> Delay(IReadOnlyList<Sale> sales) => [.. sales.Select(sale => random.Next(4) switch
    {
        0 when sale.ReturnEvents.Count > 0 => sale with
        {
            Deliveries = [.. sale.Deliveries.Where(body => !sale.ReturnEvents.Contains(body))],
            Late = sale.ReturnEvents,
        },
        0 or 1 when sale.Kind is not (SaleKind.Poison or SaleKind.NoEvent) => sale with { Late = [.. sale.Deliveries.Distinct()] },
        _ => sale,
    })];

    /// <summary>Merges all deliveries. Those of neighboring sessions are interleaved; those of one session keep their order.</summary>
    public IReadOnlyList<byte[]> Interleave(IReadOnlyList<Sale> sales)
    {
        var slots = new List<(double At, byte[] Body)>();
        for (var index = 0; index < sales.Count; index++)
        {
            var times = sales[index].Deliveries.Select(_ => index + (random.NextDouble() * 40)).Order().ToArray();
            slots.AddRange(sales[index].Deliveries.Select((body, number) => (times[number], body)));
        }

        return [.. slots.OrderBy(slot => slot.At).Select(slot => slot.Body)];
    }

    private IEnumerable<Sale> MakeNext(int index)
    {
        var sessionId = string.Create(CultureInfo.InvariantCulture, $"cs_test_{random.NextInt64():x16}{index:x8}");
        return random.Next(100) switch
        {
            0 => [new Sale(sessionId, SaleKind.NoEvent, Recorded: false, [], Copies([Encoding.UTF8.GetBytes(sessionId)], 1))],
            1 => [new Sale(sessionId, SaleKind.Poison, Recorded: true, [OrderState.Created], [Poison(sessionId)])],
            2 or 3 => [new Sale(sessionId, SaleKind.Foreign, Recorded: false, [], Copies([StripeEvents.Checkout(sessionId, deployment: "another")], 3))],
            4 => [new Sale(sessionId, SaleKind.Foreign, Recorded: false, [], Copies([ForeignRefund(sessionId)], 2))],
            < 15 => MakeSubscription(sessionId),
            _ => [MakeOurs(sessionId)],
        };
    }

    private Sale MakeOurs(string sessionId)
    {
        var shape = s_shapes[random.Next(s_shapes.Length)];
        var bodies = new List<byte[]>();
        foreach (var (type, status) in shape)
        {
            // Stripe sometimes generates two events for one change: https://docs.stripe.com/webhooks#handle-duplicate-events
            for (var twin = random.Next(10) == 0 ? 2 : 1; twin > 0; twin--)
            {
                bodies.Add(StripeEvents.Checkout(sessionId, type, status));
            }
        }

        var (returns, returnEvents) = shape.Any(one => one.Status == "paid") && random.Next(2) == 0
            ? _returns.Make(sessionId, "pi_" + sessionId)
            : ([], []);
        return new Sale(
            sessionId, SaleKind.Ours, Recorded: random.Next(4) > 0, Expect(shape), Copies([.. bodies, .. returnEvents], CopiesOfEach()))
        {
            Returns = returns,
            ReturnEvents = returnEvents,
        };
    }

    /// <summary>A subscription, which is recorded weeks before its first renewal, and one or two renewals.</summary>
    private IEnumerable<Sale> MakeSubscription(string sessionId)
    {
        var subscription = "sub_" + sessionId;
        var completed = StripeEvents.Checkout(sessionId, change: root =>
        {
            var session = root["data"]!["object"]!.AsObject();
            (session["mode"], session["subscription"], session["payment_intent"]) = ("subscription", subscription, null);
        });
        yield return new Sale(sessionId, SaleKind.Subscription, Recorded: true, [OrderState.Fulfilled], Copies([completed], CopiesOfEach()))
        {
            Subscription = subscription,
        };
        for (var month = random.Next(1, 3); month > 0; month--)
        {
            var invoiceId = string.Create(CultureInfo.InvariantCulture, $"in_{sessionId["cs_test_".Length..]}{month}");
            var (returns, returnEvents) = random.Next(2) == 0 ? _returns.Make(invoiceId, "pi_" + invoiceId) : ([], []);
            var paid = StripeEvents.Of(HandledEvents.InvoicePaid, StripeStub.Invoice(invoiceId, sessionId, subscription));
            yield return new Sale(
                invoiceId, SaleKind.Renewal, Recorded: false, [OrderState.Fulfilled], Copies([paid, .. returnEvents], CopiesOfEach()))
            {
                Subscription = subscription,
                Returns = returns,
                ReturnEvents = returnEvents,
            };
        }
    }

    /// <summary>Most events are delivered once, some up to twenty times.</summary>
    private int CopiesOfEach() => random.Next(10) switch { < 7 => 1, < 9 => random.Next(2, 4), _ => random.Next(4, 21) };

    private List<byte[]> Copies(IReadOnlyList<byte[]> bodies, int copies)
    {
        var deliveries = bodies.SelectMany(body => Enumerable.Repeat(body, copies)).ToArray();
        if (random.Next(2) == 0)
        {
            random.Shuffle(deliveries);
        }

        return [.. deliveries];
    }

    /// <summary>A refund of another integration's charge. The worker looks the charge up at Stripe and ignores the refund.</summary>
    private static byte[] ForeignRefund(string id) => StripeEvents.Checkout(id, HandledEvents.ChargeRefunded, change: root =>
        root["data"]!["object"] = new JsonObject
        {
            ["id"] = "ch_" + id,
            ["object"] = "charge",
            ["amount"] = 9998,
            ["amount_refunded"] = 9998,
            ["payment_intent"] = "pi_another_" + id,
            ["currency"] = "usd",
        });

    private static byte[] Poison(string sessionId) =>
        StripeEvents.Checkout(sessionId, change: root => root["data"]!["object"]!.AsObject().Remove("amount_subtotal"));

    private static OrderState[] Expect((string Type, string Status)[] shape)
    {
        if (shape.Any(one => one.Status is "paid" or "no_payment_required"))
        {
            return [OrderState.Fulfilled];
        }

        OrderState[] ends = [.. shape.Select(one => one.Type).Where(type => type != HandledEvents.CheckoutCompleted).Select(
            type => type == HandledEvents.CheckoutExpired ? OrderState.Expired : OrderState.Failed)];
        return ends.Length > 0 ? ends : [OrderState.AwaitingPayment];
    }
}
