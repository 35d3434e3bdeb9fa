using System.Net;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>
/// Keeps other sites' pages from working the controls through the developer's browser: the host must be this machine (a rebound
/// name is not), and what changes anything must come from the sandbox's own pages or from no page at all (curl, a test).
/// </summary>
/// <remarks><see href="https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html"/></remarks>
internal static class SameOrigin
{
    public static ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        var options = context.HttpContext.RequestServices.GetRequiredService<IOptions<SandboxOptions>>().Value;
        if (!options.AllowRemote && !IsThisMachine(request.Host.Host))
        {
            return Refuse("The sandbox's controls answer under a name of this machine only: http://localhost and its port.");
        }

        return HttpMethods.IsGet(request.Method) || IsOwn(request)
            ? next(context)
            : Refuse("The sandbox's controls take no orders from another site's page.");

        static ValueTask<object?> Refuse(string sentence) =>
            ValueTask.FromResult<object?>(ControlEndpoints.Refuse(StatusCodes.Status403Forbidden, sentence));
    }

    private static bool IsOwn(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        return site is "" or "same-origin" or "none"
            && (origin.Length == 0 || origin == $"{request.Scheme}://{request.Host}");
    }

    private static bool IsThisMachine(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
