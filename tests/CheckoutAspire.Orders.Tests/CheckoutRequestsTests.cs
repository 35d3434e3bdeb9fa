using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

public sealed class CheckoutRequestsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(1);

    private readonly CheckoutRequests _requests = new LedgerKit(redis.Server.Connection).Requests;
    private readonly string _ref = "ref_" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task A_first_request_is_written_down_and_to_be_sent() =>
        Assert.Equal(new RequestBeginning.Send("{first}", Resumed: false), await _requests.BeginAsync(_ref, "digest", "{first}", s_lease));

    [Fact]
    public async Task The_same_request_while_one_is_under_way_is_told_to_wait()
    {
        await _requests.BeginAsync(_ref, "digest", "{first}", s_lease);

        var second = Assert.IsType<RequestBeginning.InFlight>(await _requests.BeginAsync(_ref, "digest", "{second}", s_lease));

        Assert.InRange(second.RetryAfter, TimeSpan.FromTicks(1), s_lease);
    }

    [Fact]
    public async Task After_a_lost_attempt_the_first_request_is_replayed_exactly()
    {
        await _requests.BeginAsync(_ref, "digest", "{first}", TimeSpan.FromMilliseconds(1));

        var retry = await Eventually.GetAsync(
            () => _requests.BeginAsync(_ref, "digest", "{second}", s_lease),
            beginning => beginning is RequestBeginning.Send,
            TestContext.Current.CancellationToken);

        Assert.Equal(new RequestBeginning.Send("{first}", Resumed: true), retry);
    }

    [Fact]
    public async Task A_request_that_made_its_session_answers_with_it()
    {
        await _requests.BeginAsync(_ref, "digest", "{first}", s_lease);
        await _requests.CompleteAsync(_ref, "cs_test_1");

        Assert.Equal(new RequestBeginning.Done("cs_test_1"), await _requests.BeginAsync(_ref, "digest", "{second}", s_lease));
    }

    [Fact]
    public async Task The_same_reference_with_other_arguments_is_a_conflict()
    {
        await _requests.BeginAsync(_ref, "digest", "{first}", s_lease);

        Assert.IsType<RequestBeginning.Conflict>(await _requests.BeginAsync(_ref, "other digest", "{other}", s_lease));
    }

    [Fact]
    public async Task A_request_that_was_refused_can_be_corrected_under_the_same_reference()
    {
        await _requests.BeginAsync(_ref, "digest", "{wrong}", s_lease);
        await _requests.ForgetAsync(_ref);

        Assert.Equal(new RequestBeginning.Send("{right}", Resumed: false), await _requests.BeginAsync(_ref, "digest 2", "{right}", s_lease));
    }

    [Fact]
    public async Task Of_a_hundred_at_once_one_is_sent()
    {
        var beginnings = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _requests.BeginAsync(_ref, "digest", "{}", s_lease)));

        Assert.Single(beginnings.OfType<RequestBeginning.Send>());
    }
}
