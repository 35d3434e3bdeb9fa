namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>Tells parameters that the sandbox acts on from those it only knows by name.</summary>
internal static class Simulation
{
    /// <summary>Refuses what would otherwise be ignored without a word. What is switched off (<c>false</c>) changes nothing and passes.</summary>
    /// <param name="form">The request's parameters.</param>
    /// <param name="simulated">Names without list indexes: <c>line_items[price_data][currency]</c>; a name takes all that is below it.</param>
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
