using Microsoft.Extensions.Options;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Stripe's limit on requests per second, enabled by <c>Sandbox__RateLimit</c>.</summary>
/// <remarks><see href="https://docs.stripe.com/rate-limits"/></remarks>
internal sealed class RequestRate(IOptions<SandboxOptions> options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _second;
    private int _requests;

    /// <exception cref="StripeException">429: the limit is exceeded.</exception>
    public void Count(HttpResponse response)
    {
        if (options.Value.RateLimit is not { } limit)
        {
            return;
        }

        lock (_gate)
        {
            var second = time.GetUtcNow().ToUnixTimeSeconds();
            _requests = second == _second ? _requests + 1 : 1;
            _second = second;
            if (_requests <= limit)
            {
                return;
            }
        }

        response.Headers["Stripe-Rate-Limited-Reason"] = "global-rate";
        throw ApiErrors.RateLimited();
    }
}
