using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>Forms in the styles of Stripe's own clients.</summary>
public sealed class ClientStyleTests(SandboxServer sandbox) : IClassFixture<SandboxServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Stripe.net: indexes, plus", "mode=payment&success_url=https%3A%2F%2Fexample.com&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][product_data][name]=Red+mug&line_items[0][quantity]=1&line_items[1][price_data][currency]=usd&line_items[1][price_data][unit_amount]=200&line_items[1][price_data][product_data][name]=Lid&line_items[1][quantity]=2&expand[0]=line_items")]
    [InlineData("stripe-node: encoded brackets, %20", "line_items%5B0%5D%5Bprice_data%5D%5Bcurrency%5D=usd&line_items%5B0%5D%5Bprice_data%5D%5Bunit_amount%5D=100&line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=Red%20mug&line_items%5B0%5D%5Bquantity%5D=1&line_items%5B1%5D%5Bprice_data%5D%5Bcurrency%5D=usd&line_items%5B1%5D%5Bprice_data%5D%5Bunit_amount%5D=200&line_items%5B1%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=Lid&line_items%5B1%5D%5Bquantity%5D=2&mode=payment&success_url=https%3A%2F%2Fexample.com&expand%5B0%5D=line_items")]
    [InlineData("curl: empty brackets", "expand[]=line_items&line_items[][price_data][currency]=usd&line_items[][price_data][unit_amount]=100&line_items[][price_data][product_data][name]=Red mug&line_items[][quantity]=1&line_items[][price_data][currency]=usd&line_items[][price_data][unit_amount]=200&line_items[][price_data][product_data][name]=Lid&line_items[][quantity]=2&mode=payment&success_url=https://example.com")]
    [InlineData("any order", "line_items[1][quantity]=2&success_url=https://example.com&line_items[0][price_data][product_data][name]=Red+mug&expand[0]=line_items&line_items[1][price_data][currency]=usd&line_items[0][quantity]=1&mode=payment&line_items[1][price_data][product_data][name]=Lid&line_items[0][price_data][currency]=usd&line_items[1][price_data][unit_amount]=200&line_items[0][price_data][unit_amount]=100")]
    public async Task Every_client_style_makes_the_same_session(string style, string form)
    {
        Assert.NotEmpty(style);
        using var client = sandbox.Authenticated();
        using var content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await client.PostAsync("/v1/checkout/sessions", content, Cancellation);
        var session = (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;

        Assert.Equal(500, (int?)session["amount_total"]);
        Assert.Equal(["Red mug", "Lid"], session["line_items"]!["data"]!.AsArray().Select(line => (string?)line!["description"]));
    }

    [Fact]
    public async Task The_requested_version_is_echoed_and_the_pinned_one_is_the_default()
    {
        using var client = sandbox.Authenticated();
        using var plain = await client.GetAsync("/v1/account", Cancellation);
        client.DefaultRequestHeaders.Add("Stripe-Version", "2026-09-30.endive");
        using var asked = await client.GetAsync("/v1/account", Cancellation);

        Assert.Equal("2026-10-28.endive", plain.Headers.GetValues("Stripe-Version").Single());
        Assert.Equal("2026-09-30.endive", asked.Headers.GetValues("Stripe-Version").Single());
        Assert.StartsWith("req_", asked.Headers.GetValues("Request-Id").Single(), StringComparison.Ordinal);
        Assert.Equal("application/json", asked.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_list_inside_a_scalar_and_a_deep_form_are_refused_not_crashed_on()
    {
        using var client = sandbox.Authenticated();
        foreach (var form in new[] { "mode[x]=1", "mode=a&mode[x]=1", "metadata[a][b]=1", "metadata=x", $"line_items{string.Concat(Enumerable.Repeat("[a]", 500))}=1", "line_items[x][price]=1", "=", "&&&", "[]=1", "[", "mode]=1" })
        {
            using var content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
            using var response = await client.PostAsync("/v1/checkout/sessions", content, Cancellation);

            Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    /// <summary>The 59 fields that API version 2026-10-28.endive requires of a Checkout Session (types of npm's stripe 23.1.0).</summary>
    [Fact]
    public async Task A_session_has_every_required_field_in_each_mode()
    {
        const string required = "id object adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types amount_subtotal "
            + "amount_total automatic_tax billing_address_collection cancel_url client_reference_id client_secret collected_information consent "
            + "consent_collection created currency currency_conversion custom_fields custom_text customer customer_account customer_creation "
            + "customer_details customer_email discounts expires_at integration_identifier invoice invoice_creation livemode locale "
            + "managed_payments metadata mode origin_context payment_intent payment_link payment_method_collection "
            + "payment_method_configuration_details payment_method_options payment_method_types payment_status permissions recovered_from "
            + "saved_payment_method_options setup_intent shipping_address_collection shipping_cost shipping_options status submit_type "
            + "subscription success_url total_details ui_mode url wallet_options";
        string[] never = ["line_items", "return_url", "branding_settings", "presentment_details", "redirect_on_completion"];
        const string recurring = "&line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=500"
            + "&line_items[0][price_data][product_data][name]=Club&line_items[0][price_data][recurring][interval]=month&line_items[0][quantity]=1";
        using var client = sandbox.Authenticated();
        foreach (var form in new[] { "mode=setup&currency=usd", $"mode=subscription{recurring}", $"mode=payment{recurring.Replace("&line_items[0][price_data][recurring][interval]=month", "", StringComparison.Ordinal)}" })
        {
            using var content = new StringContent($"{form}&success_url=https://example.com", new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
            using var response = await client.PostAsync("/v1/checkout/sessions", content, Cancellation);
            var session = (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!.AsObject();

            Assert.All(required.Split(' '), field => Assert.True(session.ContainsKey(field), field));
            Assert.All(never, field => Assert.False(session.ContainsKey(field), field));
        }
    }
}
