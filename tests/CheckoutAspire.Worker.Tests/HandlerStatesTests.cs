using CheckoutAspire.Orders.Partitions;
using CheckoutAspire.Worker.Fulfillment;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Reads of the handlers' states run next to calls and to each other.</summary>
public sealed class HandlerStatesTests
{
    private readonly LedgerHandlers _handlers = new(["ship"]);
    private readonly HandlerStates _states;

    public HandlerStatesTests() => _states = new HandlerStates(_handlers);

    [Fact]
    public void A_failure_that_is_counted_during_a_read_is_known_after_it_and_ended_by_the_next_one()
    {
        var read = _states.BeginRead();
        _states.NoteFailure("ship");

        _states.EndRead(read, [("ship", false, false, TimeSpan.Zero)]);

        Assert.True(_states.IsFailing("ship"));
        _states.EndRead(_states.BeginRead(), [("ship", false, false, TimeSpan.Zero)]);
        Assert.False(_states.IsFailing("ship"));
    }

    [Fact]
    public void An_older_read_that_ends_later_ends_no_pause()
    {
        var (older, newer) = (_states.BeginRead(), _states.BeginRead());
        _states.EndRead(newer, [("ship", true, true, TimeSpan.Zero)]);

        _states.EndRead(older, [("ship", false, false, TimeSpan.Zero)]);

        Assert.Equal((true, true, "ship"), (_states.IsFailing("ship"), _states.IsProbeDue, _handlers.Paused));
    }
}
