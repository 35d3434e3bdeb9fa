using CheckoutAspire.StripeSandbox.Events;
using CheckoutAspire.StripeSandbox.Storage;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary>Which event goes to which endpoint.</summary>
internal static class WebhookDispatch
{
    /// <summary>Addresses what a transaction caused to every endpoint that wants it.</summary>
    public static void Address(Transaction transaction)
    {
        if (transaction.Events.Count == 0)
        {
            return;
        }

        var endpoints = transaction.NewestFirst<StoredEndpoint>().ToList();
        foreach (var recorded in transaction.Events)
        {
            foreach (var endpoint in endpoints.Where(endpoint => endpoint.Takes(recorded.Type)))
            {
                Send(transaction, recorded, endpoint);
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
