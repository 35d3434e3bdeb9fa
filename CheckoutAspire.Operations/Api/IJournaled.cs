using CheckoutAspire.Operations.Access;

namespace CheckoutAspire.Operations.Api;

/// <summary>A body with a reason that goes into the journal.</summary>
internal interface IJournaled
{
    /// <summary>The same body with the name of the person whose access token came with it before the reason.</summary>
    IJournaled SignedBy(string name);
}

/// <summary>Puts the caller's name before the reason of each decision, if the credential identifies a person.</summary>
internal static class Journaling
{
    /// <summary>The reason as it is journaled.</summary>
    public static string? Sign(string name, string? reason) => string.IsNullOrWhiteSpace(reason) ? null : $"{name}: {reason}";

    public static ValueTask<object?> SignAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (Identities.NameOf(context.HttpContext.User) is { } name)
        {
            for (var index = 0; index < context.Arguments.Count; index++)
            {
                context.Arguments[index] = context.Arguments[index] is IJournaled body ? body.SignedBy(name) : context.Arguments[index];
            }
        }

        return next(context);
    }
}
