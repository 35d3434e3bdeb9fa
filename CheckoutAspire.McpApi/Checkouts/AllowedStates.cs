using System.ComponentModel.DataAnnotations;
using CheckoutAspire.Orders.Ledger;

namespace CheckoutAspire.McpApi.Checkouts;

/// <summary>The values of an argument that is an order's state.</summary>
internal sealed class OrderStatesAttribute() : AllowedValuesAttribute([.. Enum.GetValues<OrderState>().Select(state => state.Name())]);

/// <summary>The values of an order's state in an answer, where the ledger may not know the session.</summary>
internal sealed class ReportedOrderStatesAttribute()
    : AllowedValuesAttribute([Unrecorded, .. Enum.GetValues<OrderState>().Select(state => state.Name())])
{
    /// <summary>The session exists at Stripe, and the seller's ledger has no order for it.</summary>
    public const string Unrecorded = "unrecorded";
}
