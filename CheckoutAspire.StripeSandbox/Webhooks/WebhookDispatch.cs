using CheckoutAspire.StripeSandbox.Control;
using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.Storage;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>Which event goes to which endpoint.</summary>
internal static class WebhookDispatch
{
    /// <summary>Addresses what a transaction caused to every endpoint that wants it.</summary>
    /// <param name="transaction">What was done.</param>
    /// <param name="faults">What is to go wrong on the way.</param>
    public static void Address(Transaction transaction, FaultPlan faults)
    {
        if (transaction.Events.Count == 0)
        {
            return;
        }

        var endpoints = transaction.NewestFirst<StoredEndpoint>().ToList();
        foreach (var recorded in transaction.Events)
        {
            var takers = endpoints.Where(endpoint => endpoint.Takes(recorded.Type)).ToList();
            if (takers.Count == 0)
            {
                continue;
            }

            var isHeld = faults.Take(FaultKind.EventReordered, recorded.Type, out var held);
            var isLate = faults.Take(FaultKind.EventDelayed, recorded.Type, out var late);
            var isTwice = faults.Take(FaultKind.EventDuplicated, recorded.Type, out _);
            foreach (var endpoint in takers)
            {
                var delivery = Send(transaction, recorded, endpoint);
                delivery.NextTryAt = transaction.Now + (isLate ? late!.Delay : isHeld ? held!.Delay : TimeSpan.Zero);
                delivery.Repeats = isTwice ? 1 : 0;
                transaction.Save(delivery);
                if (isHeld)
                {
                    faults.Hold(endpoint.Id, recorded.ObjectId, delivery.Id);
                }
                else
                {
                    faults.Follow(endpoint.Id, recorded.ObjectId, delivery.Id);
                }
            }
        }
    }

    /// <summary>What waited for this delivery to be acknowledged goes on its way.</summary>
    public static void Release(Transaction transaction, FaultPlan faults, Delivery acknowledged)
    {
        foreach (var id in faults.Release(acknowledged.Id))
        {
            if (transaction.TryFind<Delivery>(id, out var delivery) && delivery is { Attempts: 0, NextTryAt: not null })
            {
                delivery.NextTryAt = transaction.Now;
                transaction.Save(delivery);
            }
        }
    }

    /// <summary>Sends an event to an endpoint, again if it had it already.</summary>
    public static Delivery Send(Transaction transaction, SandboxEvent recorded, StoredEndpoint endpoint)
    {
        var id = Delivery.IdOf(recorded.Id, endpoint.Id);
        if (!transaction.TryFind<Delivery>(id, out var delivery))
        {
            recorded.PendingWebhooks++;
            delivery = new Delivery
            {
                Id = id,
                EventId = recorded.Id,
                EventType = recorded.Type,
                EndpointId = endpoint.Id,
                Created = transaction.Now,
            };
        }

        delivery.NextTryAt = transaction.Now;
        return transaction.Save(delivery);
    }

    /// <summary>What the process before this one recorded and did not deliver is due now.</summary>
    public static void Resume(SandboxStore store, StoredEndpoint? configured, DateTime now)
    {
        if (configured is not null)
        {
            // The environment's endpoint is not journaled: the next start may name another address.
            store.Table<StoredEndpoint>().Put(configured, long.MaxValue);
        }

        var deliveries = store.Table<Delivery>();
        foreach (var delivery in deliveries.NewestFirst().Where(delivery => !delivery.Succeeded))
        {
            if (store.Table<SandboxEvent>().TryFind(delivery.EventId, out var recorded))
            {
                recorded.PendingWebhooks++;
            }

            if (delivery.NextTryAt is not null)
            {
                delivery.NextTryAt = now;
                deliveries.Hold(delivery);
            }
        }
    }
}
