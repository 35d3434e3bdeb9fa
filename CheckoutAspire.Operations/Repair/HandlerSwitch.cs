using CheckoutAspire.Orders.Transitions;

namespace CheckoutAspire.Operations.Repair;

/// <summary>Pauses and resumes fulfillment handlers for operators. The journal and the handler's own state keep who did so, and why.</summary>
internal sealed class HandlerSwitch(HandlerLedger handlers, OperatorLedger journal)
{
    /// <summary>A handler of the ledger's workers, or null.</summary>
    public async Task<HandlerState?> FindAsync(string name) => (await handlers.ListAsync()).FirstOrDefault(handler => handler.Name == name);

    /// <summary>Pauses or resumes a handler. A handler that stands so already is left as it is.</summary>
    public async Task SetAsync(string name, bool isPaused, string why)
    {
        if (isPaused ? await handlers.PauseAsync(name, why) : await handlers.ResumeAsync(name, why))
        {
            await journal.NoteAsync("handler:" + name, isPaused ? "handler_paused" : "handler_resumed", why);
        }
    }
}
