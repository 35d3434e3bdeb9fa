using System.Net;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.StripeSandbox.Control;

/// <summary>
/// Prevents pages of other sites from using the controls through the developer's browser. The Host header must name this machine, which
/// defeats DNS rebinding, and a request that changes anything must come from the sandbox's own pages or from a client without an origin.
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
            return Reject("The sandbox's controls are available only at http://localhost or a loopback address.");
        }

        return HttpMethods.IsGet(request.Method) || IsOwn(request)
            ? next(context)
            : Reject("The sandbox's controls reject requests from pages of other sites.");

        static ValueTask<object?> Reject(string sentence) =>
            ValueTask.FromResult<object?>(ControlEndpoints.Error(StatusCodes.Status403Forbidden, sentence));
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
