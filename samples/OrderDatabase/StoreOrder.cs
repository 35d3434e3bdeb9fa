using CheckoutAspire.Fulfillment;
using Microsoft.EntityFrameworkCore;

namespace OrderDatabase;

/// <summary>Stores each paid order once.</summary>
public class StoreOrder(OrderContext database) : IFulfillmentHandler
{
    public async Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken)
    {
        // A handler may run again for an order, for example after a crash between this commit and the ledger's.
        if (await database.Orders.AnyAsync(stored => stored.Id == order.Id, cancellationToken))
        {
            return;
        }

        database.Orders.Add(new StoredOrder
        {
            Id = order.Id,
            Reference = order.OrderRef,
            Email = order.Buyer?.Email,
            ShipTo = Label(order.Shipping),
            ShippingRate = order.ShippingRate?.DisplayName,
            AmountTotal = order.AmountTotal,
            Currency = order.Currency,
            Lines =
            [
                .. order.Lines.Select(line => new StoredLine
                {
                    ProductId = line.ProductId,
                    Name = line.Name,
                    Quantity = line.Quantity,
                    AmountTotal = line.AmountTotal,
                }),
            ],
        });
        await database.SaveChangesAsync(cancellationToken);
    }

    /// <summary>The parcel's label, a line for each part of the address that is known.</summary>
    private static string? Label(ShippingDetails? shipping)
    {
        if (shipping is not { Address: { } address })
        {
            return null;
        }

        string?[] parts = [shipping.Name, address.Line1, address.Line2, $"{address.PostalCode} {address.City}", address.State, address.Country];
        return string.Join('\n', parts.Where(part => !string.IsNullOrWhiteSpace(part)));
    }
}
