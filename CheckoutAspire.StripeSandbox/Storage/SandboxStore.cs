using System.Collections.Frozen;
using CheckoutAspire.StripeSandbox.Faults;
using CheckoutAspire.StripeSandbox.Objects;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>
/// The state of the sandbox. One lock guards all of it: each piece of work is short, does not await, and sees a consistent state.
/// Objects are Stripe.net's own entities. They are changed in place under the lock and rendered to JSON before it is released.
/// </summary>
internal sealed class SandboxStore
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly IEventDelivery _delivery;
    private readonly Journal _journal;
    private readonly FrozenDictionary<Type, ITable> _tables = new Dictionary<Type, ITable>
    {
        [typeof(Product)] = new Table<Product>(),
        [typeof(Price)] = new Table<Price>(),
        [typeof(Session)] = new Table<Session>(session => session.Status == "open" ? session.ExpiresAt : null),
        [typeof(Coupon)] = new Table<Coupon>(),
        [typeof(PromotionCode)] = new Table<PromotionCode>(),
        [typeof(ShippingRate)] = new Table<ShippingRate>(),
        [typeof(CheckoutTerms)] = new Table<CheckoutTerms>(),
        [typeof(Customer)] = new Table<Customer>(),
        [typeof(PaymentMethod)] = new Table<PaymentMethod>(),
        [typeof(MethodBehavior)] = new Table<MethodBehavior>(),
        [typeof(PaymentIntent)] = new Table<PaymentIntent>(),
        [typeof(SetupIntent)] = new Table<SetupIntent>(),
        [typeof(Charge)] = new Table<Charge>(),
        [typeof(Refund)] = new Table<Refund>(),
        [typeof(Dispute)] = new Table<Dispute>(),
        [typeof(ScheduledReturn)] = new Table<ScheduledReturn>(scheduled => scheduled.DueAt),
        [typeof(InvoicePayment)] = new Table<InvoicePayment>(),
        [typeof(Subscription)] = new Table<Subscription>(),
        [typeof(Invoice)] = new Table<Invoice>(),
        [typeof(PendingPayment)] = new Table<PendingPayment>(pending => pending.SettlesAt),
        [typeof(SandboxEvent)] = new Table<SandboxEvent>(),
        [typeof(StoredEndpoint)] = new Table<StoredEndpoint>(),
        [typeof(Delivery)] = new Table<Delivery>(delivery => delivery.NextTryAt),
        [typeof(IdempotentRequest)] = new Table<IdempotentRequest>(),
    }.ToFrozenDictionary();

    public SandboxStore(TimeProvider time, Journal journal, FaultPlan faults, IEventDelivery delivery, IRetention retention)
    {
        _time = time;
        _journal = journal;
        _delivery = delivery;
        Faults = faults;
        Retention = retention;
        journal.Replay(_tables.Values);
        foreach (var table in _tables.Values)
        {
            table.SortByAge();
        }

        delivery.Resume(this, _time.GetUtcNow().UtcDateTime);
    }

    /// <summary>The faults that are to be simulated.</summary>
    public FaultPlan Faults { get; }

    /// <summary>Keeps objects that are still needed.</summary>
    public IRetention Retention { get; }

    /// <summary>Runs <paramref name="work"/> under the lock, then journals what it saved and starts to deliver its events.</summary>
    /// <param name="cause">The API request that the events name as their cause; null for events that a buyer or the clock causes.</param>
    /// <param name="work">
    /// Must validate before it changes an object: if it throws, the objects that it added are removed, but changes to existing objects stay.
    /// </param>
    public T Transact<T>(EventCause? cause, Func<Transaction, T> work)
    {
        lock (_gate)
        {
            var result = Run(cause, work);
            if (_journal.IsFull)
            {
                DropOldest();
            }

            return result;
        }
    }

    public Table<T> Table<T>()
        where T : class, IHasId => (Table<T>)_tables[typeof(T)];

    /// <summary>The number of objects by kind.</summary>
    public Dictionary<string, int> Counts()
    {
        lock (_gate)
        {
            return _tables.Values.ToDictionary(table => table.Kind, table => table.Count);
        }
    }

    private T Run<T>(EventCause? cause, Func<Transaction, T> work)
    {
        var transaction = new Transaction(this, cause, _time.GetUtcNow().UtcDateTime, _journal.Current);
        try
        {
            var result = work(transaction);
            _delivery.Address(transaction);
            _journal.Append(transaction.Saved, transaction.Deleted);
            _delivery.Announce(transaction.Events);
            return result;
        }
        catch
        {
            transaction.TakeBackAdditions();
            _journal.Append([.. transaction.Saved.Where(saved => saved.Table.SegmentOf(saved.Entity.Id) is not null)], []);
            throw;
        }
    }

    /// <summary>Drops the objects of the oldest segment, after doing the work that was still scheduled for them.</summary>
    private void DropOldest()
    {
        var oldest = _journal.Oldest();
        try
        {
            Run(cause: null, transaction =>
            {
                foreach (var (table, id) in oldest.Records)
                {
                    if (table.SegmentOf(id) == oldest.Number)
                    {
                        Retention.BeforeDropping(transaction, table.Find(id), table.Count);
                    }
                }

                return 0;
            });
        }
        catch (InvalidOperationException)
        {
            // An object that this one needs has already been dropped. Drop it as it is: the request that filled the journal must not fail.
        }

        foreach (var (table, id) in oldest.Records)
        {
            if (table.SegmentOf(id) == oldest.Number)
            {
                table.Remove(id);
            }
        }

        _journal.DropOldest();
    }
}
