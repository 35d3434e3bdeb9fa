namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Rejects parameters that Stripe accepts and the sandbox does not simulate.</summary>
internal static class UnsupportedParameters
{
    /// <summary>Throws for the first parameter that would otherwise be ignored silently. A value of <c>false</c> changes nothing and is accepted.</summary>
    /// <param name="form">The request's parameters.</param>
    /// <param name="simulated">Names without list indexes: <c>line_items[price_data][currency]</c>; a name includes everything below it.</param>
    public static void Check(FormNode form, IReadOnlySet<string> simulated)
    {
        foreach (var leaf in form.Leaves())
        {
            if (leaf.Value != "false" && !IsSimulated(leaf.Path, simulated))
            {
                throw ApiErrors.NotSimulated(leaf.Path);
            }
        }
    }

    private static bool IsSimulated(string path, IReadOnlySet<string> simulated)
    {
        // line_items[0][price_data][currency] → line_items, line_items[price_data], line_items[price_data][currency]
        var name = "";
        foreach (var segment in path.Split('[').Select(part => part.TrimEnd(']')))
        {
            if (segment.Length > 0 && segment.All(char.IsAsciiDigit))
            {
                continue;
            }

            name = name.Length == 0 ? segment : $"{name}[{segment}]";
            if (simulated.Contains(name))
            {
                return true;
            }
        }

        return false;
    }
}
