using CheckoutAspire.StripeSandbox.Faults;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>Decides which event goes to which endpoint, and when.</summary>
internal sealed class WebhookDispatch(WebhookQueue queue, FaultPlan faults, CliListeners listeners) : IEventDelivery
{
    /// <summary>Makes the deliveries due that an earlier process recorded and did not complete.</summary>
    public void Resume(SandboxStore store, DateTime now)
    {
        if (queue.Configured is { } configured)
        {
            // The configured endpoint is not journaled: the next start may name another address.
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

    /// <summary>Addresses the transaction's events to every endpoint that takes them, subject to the faults that apply.</summary>
    public void Address(Transaction transaction)
    {
        if (transaction.Events.Count == 0)
        {
            return;
        }

        var endpoints = transaction.NewestFirst<StoredEndpoint>().ToList();
        foreach (var recorded in transaction.Events)
        {
            recorded.IsUndelivered = faults.Take(FaultKind.DeliveryLost, recorded.Type, out _);
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
                delivery.NextTryAt = recorded.IsUndelivered ? null
                    : transaction.Now + (isLate ? late!.Delay : isHeld ? held!.Delay : TimeSpan.Zero);
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

    /// <summary>Wakes the sender and passes the events to the Stripe CLIs that listen.</summary>
    public void Announce(IReadOnlyList<SandboxEvent> events)
    {
        if (events.Count > 0)
        {
            queue.Wake();
            listeners.Announce([.. events.Where(recorded => !recorded.IsUndelivered)]);
        }
    }

    /// <summary>Makes the deliveries due that were held back until this one was acknowledged.</summary>
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

    /// <summary>Sends an event to an endpoint, even if the endpoint has already acknowledged it.</summary>
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
}
