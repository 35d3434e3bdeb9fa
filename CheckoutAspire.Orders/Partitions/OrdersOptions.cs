using System.ComponentModel.DataAnnotations;
using CheckoutAspire.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Orders.Partitions;

/// <summary>Configuration of the ledger, section <c>Orders</c>.</summary>
public sealed class OrdersOptions
{
    /// <summary>How many stream and ledger partitions there are (<c>Orders__Partitions</c>).</summary>
    /// <value>1 by default. The number is fixed once the ledger exists, because orders would be looked up in the wrong place with another one.</value>
    [SettingRange(1, 1024, ErrorMessage = "Orders__Partitions must be between 1 and 1024.")]
    public int Partitions { get; set; } = 1;

    /// <summary>How many replicas must have a write before it counts as stored (<c>Orders__WaitForReplicas</c>): Redis's <c>WAIT</c>.</summary>
    [SettingRange(0, 16, ErrorMessage = "Orders__WaitForReplicas must be between 0 and 16.")]
    public int WaitForReplicas { get; set; }

    /// <summary>Whether a write counts as stored only when it is on disk (<c>Orders__WaitForDisk</c>): Redis's <c>WAITAOF</c>, from version 7.2 on.</summary>
    public bool WaitForDisk { get; set; }

    /// <summary>Where Redis is (<c>ConnectionStrings__redis</c>), in StackExchange.Redis's form. Read here only to report that it is missing.</summary>
    [Required(ErrorMessage = "ConnectionStrings__redis is missing: set it to the address of Redis, for example localhost:6379.")]
    public string? ConnectionString { get; set; }
}

[OptionsValidator]
internal sealed partial class OrdersOptionsValidator : IValidateOptions<OrdersOptions>;
