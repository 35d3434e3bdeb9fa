using System.Collections.Concurrent;
using CheckoutAspire.Fulfillment;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.Worker.Tests;

/// <summary>Handlers get services as ordinary ASP.NET Core code does.</summary>
public sealed class HandlerServicesTests : WorkerTest
{
    [Fact]
    public async Task The_handlers_of_an_attempt_share_scoped_services_which_are_disposed_when_it_ends()
    {
        var (scopes, attempts) = (new ConcurrentQueue<Scoped>(), 0);
        await using var worker = new Host(Redis.ConnectionString, "http://127.0.0.1:1", services => services
            .AddScoped<Scoped>()
            .AddFulfillmentHandler("first", provider => new Handler((_, _) => Note(provider)))
            .AddFulfillmentHandler("second", provider => new Handler((_, _) =>
            {
                Note(provider);
                return ++attempts == 1 ? throw new InvalidOperationException("not now") : Task.CompletedTask;
            })));
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        var (first, second, retried) = (scopes.ElementAt(0), scopes.ElementAt(1), scopes.ElementAt(2));
        Assert.Same(first, second);
        Assert.NotSame(first, retried);
        await Eventually.GetAsync(() => Task.FromResult(scopes.All(scoped => scoped.IsDisposed)), disposed => disposed, Canceled);

        Task Note(IServiceProvider provider)
        {
            scopes.Enqueue(provider.GetRequiredService<Scoped>());
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Services_are_not_disposed_while_a_handler_that_was_given_up_still_uses_them()
    {
        var (scopes, finish) = (new ConcurrentQueue<Scoped>(), new TaskCompletionSource());
        await using var worker = new Host(
            Redis.ConnectionString,
            "http://127.0.0.1:1",
            services => services.AddScoped<Scoped>().AddFulfillmentHandler("slow", provider => new Handler(async (_, _) =>
            {
                scopes.Enqueue(provider.GetRequiredService<Scoped>());
                await (scopes.Count == 1 ? finish.Task : Task.CompletedTask);
            })),
            ("Worker:HandlerTimeout", "00:00:00.1"));
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        Assert.False(scopes.First().IsDisposed);
        finish.SetResult();
        await Eventually.GetAsync(() => Task.FromResult(scopes.First().IsDisposed), disposed => disposed, Canceled);
    }

    [Fact]
    public async Task A_handler_that_cannot_be_created_is_a_failed_attempt()
    {
        await using var worker = new Host(
            Redis.ConnectionString,
            "http://127.0.0.1:1",
            services => services.AddFulfillmentHandler("broken", _ => throw new InvalidOperationException("no warehouse")),
            ("Worker:MaxAttempts", "2"));
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        Assert.Equal("The handler broken failed (InvalidOperationException).", (await AwaitDeadLetterAsync())["reason"].ToString());
    }

    /// <summary>The worker's own Redis answers: these are failures of the handler, and not of the ledger.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_handler_whose_own_Redis_fails_is_a_failed_attempt(bool isUnreachable)
    {
        await using var worker = new Host(
            Redis.ConnectionString,
            "http://127.0.0.1:1",
            services => services.AddFulfillmentHandler("stock", _ => new Handler((_, _) => throw (isUnreachable
                ? new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, "no stock server")
                : new RedisServerException(RedisErrorKind.ReadOnly, CommandFlags.None, "READONLY You can't write against a read only replica.")))),
            ("Worker:MaxAttempts", "2"));
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        Assert.Equal(
            $"The handler stock failed ({(isUnreachable ? nameof(RedisConnectionException) : nameof(RedisServerException))}).",
            (await AwaitDeadLetterAsync())["reason"].ToString());
    }

    [Fact]
    public async Task A_handler_that_blocks_its_thread_is_ended_by_its_time_limit()
    {
        using var finish = new ManualResetEventSlim();
        var calls = 0;
        await using var worker = new Host(
            Redis.ConnectionString,
            "http://127.0.0.1:1",
            services => services.AddFulfillmentHandler("blocking", _ => new Handler((_, _) =>
            {
                if (Interlocked.Increment(ref calls) == 1)
                {
                    finish.Wait(CancellationToken.None);
                }

                return Task.CompletedTask;
            })),
            ("Worker:HandlerTimeout", "00:00:00.1"));
        var sold = await Ledger.SellAsync();

        await DeliverAsync(sold.SessionId);

        var order = await AwaitAsync(sold.SessionId, OrderState.Fulfilled);
        finish.Set();
        Assert.StartsWith("attempt 1: ", order.Timeline.First(step => step.What == "postponed").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_can_call_Stripe()
    {
        await using var stripe = new StripeSide();
        var session = await stripe.SellAsync();
        string? found = null;
        await using var worker = new Host(Redis.ConnectionString, stripe.Address, services => services.AddFulfillmentHandler(
            "ask",
            provider => new Handler(async (order, canceled) =>
            {
                Assert.Same(provider.GetRequiredService<StripeClient>(), provider.GetRequiredService<IStripeClient>());
                found = (await new SessionService(provider.GetRequiredService<IStripeClient>()).GetAsync(order.Id, cancellationToken: canceled)).Id;
            })));
        await Ledger.SellAsync(session.Id);

        await DeliverAsync(session.Id);

        await AwaitAsync(session.Id, OrderState.Fulfilled);
        Assert.Equal(session.Id, found);
    }

    private sealed class Host(string redis, string stripe, Action<IServiceCollection> add, params (string, string)[] settings) : WorkerHost(redis, stripe, settings)
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            builder.ConfigureServices(add);
        }
    }

    private sealed class Handler(Func<PaidOrder, CancellationToken, Task> act) : IFulfillmentHandler
    {
        public Task FulfillAsync(PaidOrder order, CancellationToken cancellationToken) => act(order, cancellationToken);
    }

    private sealed class Scoped : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
