using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>Replaces authentication: a request with a name in its header has that principal.</summary>
internal sealed class TestPrincipals : IStartupFilter
{
    public const string Header = "X-Test-Principal";

    private static readonly string[] s_scopes = ["checkout:create", "checkout:read", "checkout:cancel", "checkout:refund"];

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, following) =>
        {
            if (context.Request.Headers[Header].ToString() is { Length: > 0 } name)
            {
                context.User = new ClaimsPrincipal(new ClaimsIdentity(
                    [
                        new Claim(ClaimTypes.NameIdentifier, name),
                        .. s_scopes.Select(scope => new Claim("scope", scope)),
                    ],
                    "tests"));
            }

            await following(context);
        });
        next(app);
    };
}
