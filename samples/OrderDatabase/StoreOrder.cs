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
            Products = order.ProductId,
            AmountTotal = order.AmountTotal,
            Currency = order.Currency,
        });
        await database.SaveChangesAsync(cancellationToken);
    }
}
