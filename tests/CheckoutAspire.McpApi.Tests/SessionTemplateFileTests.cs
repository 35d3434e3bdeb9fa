using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CheckoutAspire.McpApi.Catalog;
using CheckoutAspire.McpApi.Stripe;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Stripe;
using Stripe.Checkout;
using File = System.IO.File;

namespace CheckoutAspire.McpApi.Tests;

/// <summary>The session template and the products' sessions, as they are read at startup.</summary>
public sealed partial class SessionTemplateFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("template").FullName;

    [Fact]
    public void The_example_in_the_documentation_is_a_template()
    {
        var options = Configure(Path.Combine(AppContext.BaseDirectory, "session-template.example.json"));

        Assert.Empty(options.ConfigurationErrors);
        var parameters = options.Template.For(CheckoutMode.Payment)!;
        Assert.True(SessionParameters.AddsToTotal(parameters));
        Assert.Equal(["DE", "AT", "CH"], parameters["shipping_address_collection"]!["allowed_countries"]!.AsArray().Select(country => (string)country!));
        Assert.True(options.Template.AllowsPromotionCodes);
    }

    [Theory]
    [InlineData("""{"shiping_options":[]}""", "has shiping_options, which is not a parameter of Checkout Sessions.")]
    [InlineData(
        """{"shipping_options":[{"shipping_rate_data":{"display_name":"A","fixed_amount":{"amonut":1}}}]}""",
        "has shipping_options[0].shipping_rate_data.fixed_amount.amonut, which is not a parameter of Checkout Sessions.")]
    [InlineData(
        """{"shipping_options":[{"shipping_rate_data":{"fixed_amount":{"amount":"4.90"}}}]}""",
        "has a wrong value in shipping_options[0].shipping_rate_data.fixed_amount.amount, which must be a whole number.")]
    [InlineData("""{"automatic_tax":true}""", "has a wrong value in automatic_tax, which must be an object.")]
    [InlineData("""{"automatic_tax":{"enabled":"yes"}}""", "has a wrong value in automatic_tax.enabled, which must be true or false.")]
    [InlineData("""{"custom_fields":{}}""", "has a wrong value in custom_fields, which must be a list.")]
    [InlineData("""{"locale":3}""", "has a wrong value in locale, which must be a text.")]
    [InlineData("""{"locale":null}""", "has a wrong value in locale, which must be a text.")]
    [InlineData("""{"locale":""}""", "has an empty locale. Remove it, or give it a value.")]
    [InlineData("""{"locale":"xx"}""", "has the value xx in locale, which is not one of the values that Stripe documents.")]
    [InlineData(
        """{"billing_address_collection":"yes"}""", "has the value yes in billing_address_collection, which must be one of auto, required.")]
    [InlineData(
        """{"shipping_address_collection":{"allowed_countries":["DE","XX"]}}""",
        "has the value XX in shipping_address_collection.allowed_countries[1], which is not one of the values that Stripe documents.")]
    [InlineData("""{"custom_fields":[{},{},{},{}]}""", "has 4 custom_fields, but Stripe accepts at most 3.")]
    [InlineData(
        """{"payment_method_types":["card"]}""",
        "has payment_method_types, which Stripe calls allowed_payment_method_types in the API version of this server.")]
    [InlineData("[]", "must contain an object.")]
    [InlineData("{", "is not JSON: ")]
    public void A_wrong_template_is_rejected_with_the_place_in_the_file(string json, string problem)
    {
        var error = Assert.Single(Read(json).ConfigurationErrors);

        Assert.StartsWith($"CHECKOUT_SESSION_TEMPLATE: template.json {problem}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"line_items":[{"adjustable_quantity":{"enabled":true}}]}""", "line_items", "adjustable_quantity is not supported")]
    [InlineData("""{"metadata":{"a":"b"}}""", "metadata", "the server finds its orders by it")]
    [InlineData("""{"payment_intent_data":{"metadata":{}}}""", "payment_intent_data.metadata", "the server finds its orders by it")]
    [InlineData("""{"subscription_data":{"metadata":{}}}""", "subscription_data.metadata", "the server finds its orders by it")]
    [InlineData("""{"success_url":"https://shop.example"}""", "success_url", "it comes from the sale")]
    [InlineData("""{"cancel_url":"https://shop.example"}""", "cancel_url", "it comes from the sale")]
    [InlineData("""{"expires_at":1}""", "expires_at", "it comes from the sale")]
    [InlineData("""{"mode":"setup"}""", "mode", "it comes from the sale")]
    [InlineData("""{"currency":"usd"}""", "currency", "it comes from the sale")]
    [InlineData("""{"client_reference_id":"x"}""", "client_reference_id", "it comes from the sale")]
    [InlineData("""{"customer_email":"a@b.example"}""", "customer_email", "it comes from the sale")]
    [InlineData("""{"ui_mode":"form"}""", "ui_mode", "hosted page")]
    [InlineData("""{"return_url":"https://shop.example"}""", "return_url", "hosted page")]
    [InlineData("""{"adaptive_pricing":{"enabled":true}}""", "adaptive_pricing", "the currency that the ledger recorded")]
    [InlineData("""{"discounts":[{"coupon":"half"}]}""", "discounts", "the amount that the ledger compares")]
    [InlineData("""{"optional_items":[]}""", "optional_items", "the amount that the ledger compares")]
    [InlineData("""{"subscription_data":{"trial_period_days":7}}""", "subscription_data.trial_period_days", "the amount that the ledger compares")]
    [InlineData("""{"payment_intent_data":{"capture_method":"manual"}}""", "payment_intent_data.capture_method", "a later capture")]
    [InlineData("""{"payment_method_options":{"card":{"capture_method":"manual"}}}""", "payment_method_options.card.capture_method", "a later capture")]
    [InlineData("""{"customer":"cus_1"}""", "customer", "the same customer")]
    public void What_belongs_to_the_server_is_rejected_by_name_with_the_reason(string json, string parameter, string reason)
    {
        var error = Assert.Single(Read(json).ConfigurationErrors);

        Assert.StartsWith($"CHECKOUT_SESSION_TEMPLATE: template.json has {parameter}, which a template cannot set: ", error, StringComparison.Ordinal);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Equal(["CHECKOUT_SESSION_TEMPLATE: nowhere.json cannot be read."], Configure("nowhere.json").ConfigurationErrors);

    [Fact]
    public void What_agents_may_set_is_a_list_of_known_names()
    {
        Assert.Equal(["customer_email", "locale"], Configure(null).AgentParameters.Order(StringComparer.Ordinal));
        Assert.Empty(Configure(null, "none").AgentParameters);
        Assert.Equal(["allow_promotion_codes"], Configure(null, " allow_promotion_codes ").AgentParameters);
        Assert.Equal(
            "CHECKOUT_AGENT_PARAMETERS has metadata. It must be none, or some of allow_promotion_codes, customer_email, locale, separated by commas.",
            Assert.Single(Configure(null, "locale,metadata").ConfigurationErrors));
    }

    [Theory]
    [InlineData("""{"locale":"xx"}""", "session has the value xx in locale")]
    [InlineData("""{"metadata":{}}""", "session has metadata, which a template cannot set")]
    [InlineData("[]", "session must contain an object.")]
    public void A_product_s_session_is_held_to_the_same_rules(string session, string problem)
    {
        File.WriteAllText(
            Path.Combine(_directory, "catalog.json"),
            $$"""{"products":[{"id":"mug","name":"Mug","price_cents":100,"currency":"usd","session":{{session}}}]}""");
        var options = new CatalogOptions();
        options.Read(new ConfigurationBuilder()
            .AddInMemoryCollection([new("CHECKOUT_CATALOG", "catalog.json"), new(HostDefaults.ContentRootKey, _directory)])
            .Build());

        Assert.StartsWith(
            $"CHECKOUT_CATALOG: catalog.json has an invalid product mug: {problem}", Assert.Single(options.ConfigurationErrors), StringComparison.Ordinal);
    }

    [Fact]
    public void The_documented_values_are_those_of_the_installed_Stripe_net()
    {
        var file = typeof(SessionTemplateFileTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(entry => entry.Key == "StripeDocumentation").Value!;
        var documented = XDocument.Load(file).Descendants("member").ToDictionary(member => (string)member.Attribute("name")!, member => member.Element("summary")?.ToString() ?? "");
        var seen = new HashSet<Type>();

        Check(typeof(SessionCreateOptions));

        Assert.True(seen.Count > 50);

        void Check(Type options)
        {
            if (!seen.Add(options))
            {
                return;
            }

            foreach (var property in ParameterTypes.MembersOf(options).Values)
            {
                var summary = documented.GetValueOrDefault($"P:{options.FullName}.{property.Name}", "");
                var values = OneOf().Match(summary) is { Success: true } match ? Value().Matches(match.Value).Select(value => value.Groups[1].Value) : null;
                Assert.True(
                    (values ?? []).SequenceEqual(ParameterTypes.ValuesOf(property) ?? [], StringComparer.Ordinal), $"{options.Name}.{property.Name}: {summary}");
                foreach (var type in property.PropertyType.GenericTypeArguments.Append(property.PropertyType).Where(type => typeof(INestedOptions).IsAssignableFrom(type)))
                {
                    Check(type);
                }
            }
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [GeneratedRegex(@"One of: .*?\.\s", RegexOptions.Singleline)]
    private static partial Regex OneOf();

    [GeneratedRegex("<c>(.*?)</c>")]
    private static partial Regex Value();

    private SessionTemplateOptions Read(string json)
    {
        File.WriteAllText(Path.Combine(_directory, "template.json"), json);
        return Configure("template.json");
    }

    private SessionTemplateOptions Configure(string? file, string? agentParameters = null)
    {
        var options = new SessionTemplateOptions();
        options.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(
            [
                new("CHECKOUT_SESSION_TEMPLATE", file), new("CHECKOUT_AGENT_PARAMETERS", agentParameters), new(HostDefaults.ContentRootKey, _directory),
            ])
            .Build());
        return options;
    }
}
