extern alias Sandbox;

using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace CheckoutAspire.TestKit;

/// <summary>The repository's own Stripe sandbox, on Kestrel and a free port. Compiled into each test project that references it by its alias.</summary>
internal sealed class SandboxServer : WebApplicationFactory<Sandbox::Program>
{
    public SandboxServer()
    {
        UseKestrel();
        StartServer();
    }

    public string Address => ClientOptions.BaseAddress.GetLeftPart(UriPartial.Authority);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
        builder.UseSetting("STRIPE_WEBHOOK_SECRET", "whsec_tests");
        builder.UseSetting("Logging:LogLevel:Default", "None");
    }
}
