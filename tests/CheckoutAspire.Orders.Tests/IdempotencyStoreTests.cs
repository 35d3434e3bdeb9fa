using CheckoutAspire.Orders.Requests;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Orders.Tests;

public sealed class IdempotencyStoreTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(1);

    private readonly IdempotencyStore _requests = new LedgerKit(redis.Server.Connection).Requests;
    private readonly RequestKey _key = new("owner_" + Guid.NewGuid().ToString("N"), "cart-7", RequestKey.Retention);

    [Fact]
    public async Task A_first_request_is_written_down_and_to_be_sent() =>
        Assert.Equal(new IdempotencyResult.Send("{first}", Resumed: false), await _requests.BeginAsync(_key, "digest", "{first}", s_lease));

    [Fact]
    public async Task The_same_request_while_one_is_in_flight_has_to_wait()
    {
        await _requests.BeginAsync(_key, "digest", "{first}", s_lease);

        var second = Assert.IsType<IdempotencyResult.InFlight>(await _requests.BeginAsync(_key, "digest", "{second}", s_lease));

        Assert.InRange(second.RetryAfter, TimeSpan.FromTicks(1), s_lease);
    }

    [Fact]
    public async Task After_a_lost_attempt_the_first_request_is_replayed_exactly()
    {
        await _requests.BeginAsync(_key, "digest", "{first}", TimeSpan.FromMilliseconds(1));

        var retry = await Eventually.GetAsync(
            () => _requests.BeginAsync(_key, "digest", "{second}", s_lease),
            beginning => beginning is IdempotencyResult.Send,
            TestContext.Current.CancellationToken);

        Assert.Equal(new IdempotencyResult.Send("{first}", Resumed: true), retry);
    }

    [Fact]
    public async Task A_request_that_made_its_session_answers_with_it()
    {
        await _requests.BeginAsync(_key, "digest", "{first}", s_lease);
        await _requests.CompleteAsync(_key, "cs_test_1");

        Assert.Equal(new IdempotencyResult.Done("cs_test_1"), await _requests.BeginAsync(_key, "digest", "{second}", s_lease));
    }

    [Fact]
    public async Task The_same_key_with_other_arguments_is_a_conflict()
    {
        await _requests.BeginAsync(_key, "digest", "{first}", s_lease);

        Assert.IsType<IdempotencyResult.Conflict>(await _requests.BeginAsync(_key, "other digest", "{other}", s_lease));
    }

    [Fact]
    public async Task A_request_that_was_refused_can_be_corrected_under_the_same_key()
    {
        await _requests.BeginAsync(_key, "digest", "{wrong}", s_lease);
        await _requests.ForgetAsync(_key);

        Assert.Equal(new IdempotencyResult.Send("{right}", Resumed: false), await _requests.BeginAsync(_key, "digest 2", "{right}", s_lease));
    }

    [Fact]
    public async Task Of_a_hundred_at_once_one_is_sent()
    {
        var beginnings = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _requests.BeginAsync(_key, "digest", "{}", s_lease)));

        Assert.Single(beginnings.OfType<IdempotencyResult.Send>());
    }

    [Fact]
    public async Task The_same_name_is_another_request_of_another_owner()
    {
        await _requests.BeginAsync(_key, "digest", "{first}", s_lease);

        Assert.Equal(
            new IdempotencyResult.Send("{other}", Resumed: false),
            await _requests.BeginAsync(_key with { Owner = _key.Owner + "2" }, "other digest", "{other}", s_lease));
    }

    [Fact]
    public async Task A_key_answers_for_its_session_as_long_as_it_lives()
    {
        await _requests.BeginAsync(_key, "digest", "{first}", s_lease);
        Assert.IsType<IdempotencyResult.InFlight>(await _requests.BeginAsync(_key, "digest", "{second}", s_lease));
        await _requests.CompleteAsync(_key with { Lifetime = TimeSpan.FromMilliseconds(50) }, "cs_test_1");

        var later = await Eventually.GetAsync(
            () => _requests.BeginAsync(_key, "digest", "{second}", s_lease),
            beginning => beginning is IdempotencyResult.Send,
            TestContext.Current.CancellationToken);

        Assert.Equal(new IdempotencyResult.Send("{second}", Resumed: false), later);
    }

    [Fact]
    public async Task A_key_that_the_caller_chose_is_kept_for_a_day_and_more()
    {
        await _requests.BeginAsync(_key, "digest", "{first}", s_lease);
        Assert.True(await LifetimeAsync() > TimeSpan.FromHours(24));

        await _requests.CompleteAsync(_key, "cs_test_1");

        Assert.True(await LifetimeAsync() > TimeSpan.FromHours(24));
    }

    [Fact]
    public async Task A_session_that_is_over_is_forgotten_once()
    {
        await _requests.BeginAsync(_key, "digest", "{first}", s_lease);
        await _requests.CompleteAsync(_key, "cs_test_1");

        await _requests.ForgetAsync(_key, "cs_test_1");
        await _requests.BeginAsync(_key, "digest", "{second}", s_lease);
        await _requests.CompleteAsync(_key, "cs_test_2");
        await _requests.ForgetAsync(_key, "cs_test_1");
        await _requests.ForgetAsync(_key);

        Assert.Equal(new IdempotencyResult.Done("cs_test_2"), await _requests.BeginAsync(_key, "digest", "{third}", s_lease));
    }

    [Fact]
    public async Task Two_hundred_at_once_do_not_exceed_the_cap_of_the_day()
    {
        var beginnings = await Task.WhenAll(Enumerable.Range(0, 200).Select(number => BeginAsync(number, 300, cap: 1000)));

        Assert.Equal(3, beginnings.OfType<IdempotencyResult.Send>().Count());
        Assert.All(
            beginnings.OfType<IdempotencyResult.CapExceeded>(),
            refused => Assert.InRange(refused.RetryAfter, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1)));
        Assert.IsType<IdempotencyResult.Send>(await BeginAsync(200, 100, cap: 1000));
        Assert.IsType<IdempotencyResult.CapExceeded>(await BeginAsync(201, 1, cap: 1000));
    }

    [Fact]
    public async Task A_cap_is_an_owner_s_and_a_currency_s()
    {
        await BeginAsync(0, 1000, cap: 1000);

        Assert.IsType<IdempotencyResult.CapExceeded>(await BeginAsync(1, 1, cap: 1000));
        Assert.IsType<IdempotencyResult.Send>(await BeginAsync(2, 1000, cap: 1000, currency: "eur"));
        Assert.IsType<IdempotencyResult.Send>(
            await _requests.BeginAsync(_key with { Owner = _key.Owner + "2" }, "digest", "{}", s_lease, new CappedAmount(1000, "usd", 1000)));
    }

    [Fact]
    public async Task A_request_counts_toward_the_cap_only_if_it_creates_a_session()
    {
        await BeginAsync(0, 1000, cap: 1000);
        await _requests.ForgetAsync(Numbered(0));
        await _requests.ForgetAsync(Numbered(0));
        Assert.IsType<IdempotencyResult.Send>(await BeginAsync(1, 1000, cap: 1000));
        await _requests.CompleteAsync(Numbered(1), "cs_test_1");

        await _requests.ForgetAsync(Numbered(1), "cs_test_1");

        Assert.IsType<IdempotencyResult.CapExceeded>(await BeginAsync(2, 1, cap: 1000));
    }

    [Fact]
    public async Task A_request_is_counted_once_however_often_it_is_repeated()
    {
        await BeginAsync(0, 600, cap: 1000);
        await _requests.ReleaseAsync(Numbered(0));
        Assert.IsType<IdempotencyResult.Send>(await BeginAsync(0, 600, cap: 1000));
        await _requests.CompleteAsync(Numbered(0), "cs_test_1");
        Assert.IsType<IdempotencyResult.Done>(await BeginAsync(0, 600, cap: 1000));

        Assert.IsType<IdempotencyResult.Send>(await BeginAsync(1, 400, cap: 1000));
    }

    private Task<TimeSpan?> LifetimeAsync() =>
        redis.Server.Connection.GetDatabase().KeyTimeToLiveAsync(new LedgerKit(redis.Server.Connection).Partitions.Of(_key.Owner).Request(_key.Owner, _key.Name));

    private RequestKey Numbered(int number) => _key with { Name = $"cart-{number}" };

    private Task<IdempotencyResult> BeginAsync(int number, long amount, long cap, string currency = "usd") =>
        _requests.BeginAsync(Numbered(number), "digest", "{}", s_lease, new CappedAmount(amount, currency, cap));
}
