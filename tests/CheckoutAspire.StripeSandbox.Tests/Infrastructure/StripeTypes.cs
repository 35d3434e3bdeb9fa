using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace CheckoutAspire.StripeSandbox.Tests.Infrastructure;

/// <summary>An object that the sandbox returned and the type that it must have.</summary>
/// <param name="Type">In TypeScript: <c>Wire&lt;Stripe.Price&gt;</c>.</param>
public sealed record Specimen(string Name, string Type, JsonNode Json);

/// <summary>
/// Checks JSON against the types of Stripe's npm package with the TypeScript compiler: an object literal must have every required
/// property, no unknown property, and null only where the type allows it.
/// </summary>
internal static class StripeTypes
{
    private static readonly Dictionary<string, string> s_names = new()
    {
        ["account"] = "Stripe.Account",
        ["charge"] = "Stripe.Charge",
        ["checkout.session"] = "Stripe.Checkout.Session",
        ["coupon"] = "Stripe.Coupon",
        ["customer"] = "Stripe.Customer",
        ["dispute"] = "Stripe.Dispute",
        ["event"] = "Stripe.Event",
        ["invoice"] = "Stripe.Invoice",
        ["invoice_payment"] = "Stripe.InvoicePayment",
        ["item"] = "Stripe.LineItem",
        ["payment_intent"] = "Stripe.PaymentIntent",
        ["payment_method"] = "Stripe.PaymentMethod",
        ["price"] = "Stripe.Price",
        ["product"] = "Stripe.Product",
        ["promotion_code"] = "Stripe.PromotionCode",
        ["refund"] = "Stripe.Refund",
        ["shipping_rate"] = "Stripe.ShippingRate",
        ["setup_intent"] = "Stripe.SetupIntent",
        ["subscription"] = "Stripe.Subscription",
        ["webhook_endpoint"] = "Stripe.WebhookEndpoint",
    };

    /// <summary>Determines the type by the object's kind: <c>{"object":"price",…}</c>.</summary>
    public static Specimen Specimen(string name, JsonNode json) => (string)json["object"]! switch
    {
        "list" => new($"{name} (list)", $"List<{s_names[(string)json["data"]![0]!["object"]!]}>", json),
        var kind => new($"{name} ({kind})", $"Wire<{s_names[kind]}>", json),
    };

    /// <returns>The compiler's errors, each with the name of its object.</returns>
    public static async Task<List<string>> CheckAsync(IReadOnlyList<Specimen> specimens)
    {
        var file = Path.Combine(Repository.Artifacts("shapes"), $"{Guid.NewGuid():N}.ts");
        var source = new StringBuilder("import type { List, Stripe, Wire } from \"../../tests/npm/wire\";\n");
        for (var index = 0; index < specimens.Count; index++)
        {
            source.Append($"export const o{index}: {specimens[index].Type} = {specimens[index].Json.ToJsonString()};\n");
        }

        await File.WriteAllTextAsync(file, source.ToString(), TestContext.Current.CancellationToken);
        try
        {
            // artifacts/shapes/6f….ts(2,66): error TS2353: Object literal may only specify known properties, and 'foo' does not exist in …
            var output = await CompileAsync(file);
            return [.. output.Split('\n').Where(line => line.Contains("): error ", StringComparison.Ordinal)).Select(line => Named(line, specimens))];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Named(string line, IReadOnlyList<Specimen> specimens)
    {
        var start = line.LastIndexOf("): error ", StringComparison.Ordinal);
        var place = line[(line.IndexOf(".ts(", StringComparison.Ordinal) + 4)..start].Split(',');
        var specimen = specimens[int.Parse(place[0], CultureInfo.InvariantCulture) - 2];
        return $"{specimen.Name}: {line[(start + 9)..Math.Min(line.Length, start + 400)]}";
    }

    private static async Task<string> CompileAsync(string file)
    {
        string[] arguments =
        [
            Repository.Npm("typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "preserve",
            "--types", "", file,
        ];
        var result = await ChildProcess.RunAsync("node", arguments, TestContext.Current.CancellationToken, directory: Repository.Root);

        // Exit code 2: the compiler found errors, each in a line of the output.
        var output = result.Output + result.Error;
        return result.ExitCode == 0 || output.Contains("): error TS", StringComparison.Ordinal)
            ? output
            : throw new InvalidOperationException($"The TypeScript compiler ended with {result.ExitCode}: {output}");
    }
}
