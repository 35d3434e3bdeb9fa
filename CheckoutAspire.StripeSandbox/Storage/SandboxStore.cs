using System.Collections.Frozen;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Checkout;
using CheckoutAspire.StripeSandbox.Control;
using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.Payments;
using CheckoutAspire.StripeSandbox.Webhooks;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Storage;

/// <summary>
/// The state of the sandbox. One lock guards all of it: work is short, never awaits, and sees and leaves a consistent world.
/// Objects are Stripe.net's own entities, changed in place under the lock and rendered to JSON before it is released.
/// </summary>
internal sealed class SandboxStore
{
    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly WebhookQueue _webhooks;
    private readonly Journal _journal;
    private readonly FrozenDictionary<Type, ITable> _tables = new Dictionary<Type, ITable>
    {
        [typeof(Product)] = new Table<Product>(),
        [typeof(Price)] = new Table<Price>(),
        [typeof(Session)] = new Table<Session>(session => session.Status == "open" ? session.ExpiresAt : null),
        [typeof(Coupon)] = new Table<Coupon>(),
        [typeof(PromotionCode)] = new Table<PromotionCode>(),
        [typeof(CheckoutTerms)] = new Table<CheckoutTerms>(),
        [typeof(Customer)] = new Table<Customer>(),
        [typeof(PaymentMethod)] = new Table<PaymentMethod>(),
        [typeof(MethodBehavior)] = new Table<MethodBehavior>(),
        [typeof(PaymentIntent)] = new Table<PaymentIntent>(),
        [typeof(SetupIntent)] = new Table<SetupIntent>(),
        [typeof(Charge)] = new Table<Charge>(),
        [typeof(Refund)] = new Table<Refund>(),
        [typeof(Subscription)] = new Table<Subscription>(),
        [typeof(Invoice)] = new Table<Invoice>(),
        [typeof(PendingPayment)] = new Table<PendingPayment>(pending => pending.SettlesAt),
        [typeof(SandboxEvent)] = new Table<SandboxEvent>(),
        [typeof(StoredEndpoint)] = new Table<StoredEndpoint>(),
        [typeof(Delivery)] = new Table<Delivery>(delivery => delivery.NextTryAt),
        [typeof(IdempotentRequest)] = new Table<IdempotentRequest>(),
    }.ToFrozenDictionary();

    public SandboxStore(TimeProvider time, WebhookQueue webhooks, Journal journal, FaultPlan faults)
    {
        _time = time;
        _webhooks = webhooks;
        _journal = journal;
        Faults = faults;
        journal.Replay(_tables.Values);
        foreach (var table in _tables.Values)
        {
            table.SortByAge();
        }

        WebhookDispatch.Resume(this, webhooks.Configured, _time.GetUtcNow().UtcDateTime);
    }

    /// <summary>What was ordered to go wrong.</summary>
    public FaultPlan Faults { get; }

    /// <summary>Runs <paramref name="work"/> alone; what it saved is journaled and its events are on their way when it is done.</summary>
    /// <param name="cause">The API request that events name as their cause; null for the buyer's and time's own doing.</param>
    /// <param name="work">Checks before it changes an object: when it throws, what it added is gone again, what it changed is not.</param>
    public T Transact<T>(EventCause? cause, Func<Transaction, T> work)
    {
        lock (_gate)
        {
            var result = Run(cause, work);
            if (_journal.IsFull)
            {
                ForgetOldest();
            }

            return result;
        }
    }

    public Table<T> Table<T>()
        where T : class, IHasId => (Table<T>)_tables[typeof(T)];

    /// <summary>How many objects there are, by kind.</summary>
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
            WebhookDispatch.Address(transaction, Faults);
            _journal.Append(transaction.Saved, transaction.Deleted);
            _webhooks.Announce(transaction.Events);
            return result;
        }
        catch
        {
            transaction.TakeBackAdditions();
            _journal.Append([.. transaction.Saved.Where(saved => saved.Table.SegmentOf(saved.Entity.Id) is not null)], []);
            throw;
        }
    }

    /// <summary>Forgets what was last saved longest ago. What time would still have done to it is done first.</summary>
    private void ForgetOldest()
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
                        Retention.BeforeForgetting(transaction, table.Find(id), table.Count);
                    }
                }

                return 0;
            });
        }
        catch (InvalidOperationException)
        {
            // Something that it needs is gone already: it is forgotten as it is, and whoever asked next is not told of it.
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
