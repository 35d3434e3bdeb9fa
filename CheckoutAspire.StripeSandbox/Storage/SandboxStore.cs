using System.Collections.Frozen;
using CheckoutAspire.StripeSandbox.Checkout;
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
        [typeof(Session)] = new Table<Session>(),
        [typeof(CheckoutTerms)] = new Table<CheckoutTerms>(),
        [typeof(Customer)] = new Table<Customer>(),
        [typeof(PaymentMethod)] = new Table<PaymentMethod>(),
        [typeof(PaymentIntent)] = new Table<PaymentIntent>(),
        [typeof(SetupIntent)] = new Table<SetupIntent>(),
        [typeof(Charge)] = new Table<Charge>(),
        [typeof(Subscription)] = new Table<Subscription>(),
        [typeof(Invoice)] = new Table<Invoice>(),
        [typeof(PendingPayment)] = new Table<PendingPayment>(),
        [typeof(SandboxEvent)] = new Table<SandboxEvent>(),
    }.ToFrozenDictionary();

    public SandboxStore(TimeProvider time, WebhookQueue webhooks, Journal journal)
    {
        _time = time;
        _webhooks = webhooks;
        _journal = journal;
        foreach (var entity in journal.Replay(_tables.Keys))
        {
            _tables[entity.GetType()].Put(entity);
        }
    }

    /// <summary>Runs <paramref name="work"/> alone; what it saved is journaled and its events are queued when it is done.</summary>
    /// <param name="cause">The API request that events name as their cause; null for the buyer's and time's own doing.</param>
    /// <param name="work">Checks before it changes an object: when it throws, what it added is gone again, what it changed is not.</param>
    public T Transact<T>(EventCause? cause, Func<Transaction, T> work)
    {
        lock (_gate)
        {
            var transaction = new Transaction(this, cause, _time.GetUtcNow().UtcDateTime, _webhooks.HasEndpoint);
            try
            {
                var result = work(transaction);
                _journal.Append(transaction.Saved);
                _webhooks.Enqueue(transaction.Events);
                return result;
            }
            catch
            {
                transaction.TakeBackAdditions();
                throw;
            }
        }
    }

    public Table<T> Table<T>()
        where T : class, IHasId => (Table<T>)_tables[typeof(T)];
}
