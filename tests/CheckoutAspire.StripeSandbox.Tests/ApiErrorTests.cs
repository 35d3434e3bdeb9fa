using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace CheckoutAspire.StripeSandbox.Tests;

/// <summary>The status, code, parameter and message of each error.</summary>
public sealed class ApiErrorTests(SandboxServer sandbox) : IClassFixture<SandboxServer>
{
    private const string Line = "line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=4999"
        + "&line_items[0][price_data][product_data][name]=Mug&line_items[0][quantity]=1";

    private const string Session = $"mode=payment&success_url=https://example.com/ok&{Line}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData($"{Session}&foo=1", "parameter_unknown", "foo", "Received unknown parameter: foo")]
    [InlineData($"{Session}&foo=1&line_items[0][bar]=2", "parameter_unknown", "line_items[0][bar]", "Received unknown parameters: line_items[0][bar], foo")]
    [InlineData("mode=payment&success_url=https://example.com", null, "line_items", "The `line_items` parameter is required in payment mode.")]
    [InlineData($"mode=payment&{Line}", "parameter_missing", "success_url", "Missing required param: success_url.")]
    [InlineData("success_url=https://example.com", "parameter_missing", "mode", "Missing required param: mode.")]
    [InlineData($"success_url=https://example.com&{Line}", "parameter_missing", "mode", "Missing required param: mode.")]
    [InlineData($"{Session}&payment_method_types[]=sepa_debit", null, "payment_method_types", "The payment method `sepa_debit` only supports the following currencies: `eur`.")]
    [InlineData($"{Session}&allowed_payment_method_types[0]=klarna", "sandbox_not_simulated", "allowed_payment_method_types", "The local Stripe sandbox does not simulate `allowed_payment_method_types`. Leave it out, or use a test key of a Stripe account.")]
    [InlineData($"mode=pay&success_url=https://example.com&{Line}", null, "mode", "Invalid mode: must be one of payment, setup, or subscription")]
    [InlineData($"mode=payment&success_url=&{Line}", "parameter_invalid_empty", "success_url", "You passed an empty string for 'success_url'. We assume empty values are an attempt to unset a parameter; however 'success_url' cannot be unset. You should remove 'success_url' from your request or supply a non-empty value.")]
    [InlineData($"mode=payment&success_url=javascript:alert(1)&{Line}", "url_invalid", "success_url", "Not a valid URL")]
    [InlineData($"{Session}&cancel_url=nowhere", "url_invalid", "cancel_url", "Not a valid URL")]
    [InlineData($"{Session}&customer_email=foo", "email_invalid", "customer_email", "Invalid email address: foo")]
    [InlineData($"{Session}&customer=cus_none", "resource_missing", "customer", "No such customer: 'cus_none'")]
    [InlineData($"{Session}&payment_intent_data=x", null, "payment_intent_data", "Invalid object")]
    [InlineData($"{Session}&expand=line_items", null, "expand", "Invalid array")]
    [InlineData($"{Session}&expand[]=currency", null, "expand", "This property cannot be expanded (currency).")]
    [InlineData($"{Session}&expires_at=abc", "parameter_invalid_integer", "expires_at", "Invalid integer: abc")]
    [InlineData($"{Session}&expires_at=1", null, "expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.")]
    [InlineData($"{Session}&expires_at=99999999999", null, "expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.")]
    [InlineData($"{Session}&submit_type=steal", null, "submit_type", "Invalid submit_type: must be one of auto, book, donate, pay, or subscribe")]
    [InlineData($"{Session}&subscription_data[description]=x", null, "subscription_data", "You can not pass `subscription_data` in `payment` mode.")]
    [InlineData($"{Session}&discounts[0][coupon]=x", "resource_missing", "discounts[0][coupon]", "No such coupon: 'x'")]
    [InlineData($"{Session}&after_expiration[recovery][enabled]=true", "sandbox_not_simulated", "after_expiration[recovery][enabled]", "The local Stripe sandbox does not simulate `after_expiration[recovery][enabled]`. Leave it out, or use a test key of a Stripe account.")]
    public Task A_session_with_a_wrong_parameter_is_refused(string form, string? code, string parameter, string message) =>
        AssertRefusedAsync("/v1/checkout/sessions", form, code, parameter, message);

    [Theory]
    [InlineData("line_items[0][quantity]=1", "parameter_missing", "line_items[0][price]", "Missing required param: line_items[0][price].")]
    [InlineData("line_items[0][price]=price_x&line_items[0][quantity]=1", "resource_missing", "line_items[0][price]", "No such price: 'price_x'")]
    [InlineData("line_items[0][price_data][unit_amount]=100&line_items[0][quantity]=1", "parameter_missing", "line_items[0][price_data][currency]", "Missing required param: line_items[0][price_data][currency].")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=49.99&line_items[0][quantity]=1", "parameter_invalid_integer", "line_items[0][price_data][unit_amount]", "Invalid integer: 49.99")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=-1&line_items[0][quantity]=1", "parameter_invalid_integer", "line_items[0][price_data][unit_amount]", "This value must be greater than or equal to 0.")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100000000&line_items[0][quantity]=1", "amount_too_large", "line_items[0][price_data][unit_amount]", "Amount must be no more than $999,999.99")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][quantity]=1", "parameter_missing", "line_items[0][price_data][product_data]", "Missing required param: line_items[0][price_data][product_data].")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][product_data][description]=x&line_items[0][quantity]=1", "parameter_missing", "line_items[0][price_data][product_data][name]", "Missing required param: line_items[0][price_data][product_data][name].")]
    [InlineData("line_items[0][price_data][currency]=kwd&line_items[0][price_data][unit_amount]=1001&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1", null, "line_items[0][price_data][unit_amount]", "Amounts in kwd must be divisible by 10.")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=49&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1", "amount_too_small", null, "The Checkout Session's total amount due must add up to at least $0.50 usd")]
    [InlineData("line_items[0][price_data][currency]=hkd&line_items[0][price_data][unit_amount]=49&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1", "amount_too_small", null, "The Checkout Session's total amount due must add up to at least $4.00 hkd")]
    [InlineData("line_items[0][price_data][currency]=jpy&line_items[0][price_data][unit_amount]=49&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1", "amount_too_small", null, "The Checkout Session's total amount due must add up to at least ¥50 jpy")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=0", "parameter_invalid_integer", "line_items[0][quantity]", "This value must be greater than or equal to 1.")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][recurring][interval]=month&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1", null, "line_items", "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.")]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][recurring][interval]=hour&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1", null, "line_items[0][price_data][recurring][interval]", "Invalid line_items[0][price_data][recurring][interval]: must be one of day, month, week, or year")]
    public Task A_wrong_line_is_refused(string lines, string? code, string? parameter, string message) => AssertRefusedAsync(
        "/v1/checkout/sessions", $"mode=payment&success_url=https://example.com/ok&{lines}", code, parameter, message);

    [Theory]
    [InlineData("line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][product_data][name]=x&line_items[0][quantity]=1", "line_items", "You must provide at least one recurring price in `subscription` mode when using prices.")]
    [InlineData("payment_intent_data[description]=x", "payment_intent_data", "You can not pass `payment_intent_data` in `subscription` mode.")]
    public Task A_subscription_with_payment_parameters_is_refused(string form, string parameter, string message) =>
        AssertRefusedAsync("/v1/checkout/sessions", $"mode=subscription&success_url=https://example.com/ok&{form}", null, parameter, message);

    [Fact]
    public async Task An_unknown_currency_is_refused_with_the_list()
    {
        var error = await PostAsync(
            "/v1/checkout/sessions", Session.Replace("usd", "xyz", StringComparison.Ordinal), HttpStatusCode.BadRequest);

        Assert.StartsWith(
            "Invalid currency: xyz. Stripe currently supports these currencies: usd, aed,", (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_request_leaves_nothing_behind()
    {
        using var fresh = new SandboxServer();
        using var client = fresh.Authenticated();
        using var content = new StringContent($"{Session}&expand[]=currency", new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await client.PostAsync("/v1/checkout/sessions", content, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        foreach (var path in new[] { "/v1/checkout/sessions", "/v1/prices", "/v1/products", "/v1/events" })
        {
            Assert.Empty((await client.GetFromJsonAsync<JsonNode>(path, Cancellation))!["data"]!.AsArray());
        }
    }

    [Fact]
    public async Task A_JSON_body_is_refused_with_the_form_it_should_have()
    {
        using var client = sandbox.Authenticated();
        using var response = await client.PostAsJsonAsync("/v1/checkout/sessions", new { mode = "payment" }, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith("Invalid request (check that your POST content type", (string?)(await ErrorAsync(response))["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metadata_limits_hold()
    {
        var value = new string('v', 501);
        await AssertRefusedAsync(
            "/v1/checkout/sessions", $"{Session}&metadata[k]={value}", null, "metadata[k]",
            $"Metadata values can have up to 500 characters, but you passed in a value that is 501 characters. Invalid value: {value}");
        var many = string.Concat(Enumerable.Range(0, 51).Select(index => string.Create(CultureInfo.InvariantCulture, $"&metadata[k{index}]=v")));
        await AssertRefusedAsync(
            "/v1/checkout/sessions", Session + many, null, "metadata",
            "Metadata can have up to 50 keys, but you've set 51. You can delete keys by setting them to an empty string.");
        var key = new string('k', 41);
        await AssertRefusedAsync(
            "/v1/checkout/sessions", $"{Session}&metadata[{key}]=v", null, "metadata",
            $"Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters. Invalid key: {key}");
        await AssertRefusedAsync(
            "/v1/checkout/sessions", $"{Session}&client_reference_id={new string('c', 201)}", null, "client_reference_id",
            "Invalid string: cccccccccccccccccccc...; must be at most 200 characters");
    }

    [Theory]
    [InlineData("/v1/checkout/sessions/cs_x", "resource_missing", "No such checkout.session: cs_x")]
    [InlineData("/v1/prices/price_x", "resource_missing", "No such price: 'price_x'")]
    [InlineData("/v1/products/prod_x", "resource_missing", "No such product: 'prod_x'")]
    [InlineData("/v1/payment_intents/pi_x", "resource_missing", "No such payment_intent: 'pi_x'")]
    [InlineData("/v1/events/evt_x", "resource_missing", "No such event: 'evt_x'")]
    [InlineData("/v1/nothing", null, "Unrecognized request URL (GET: /v1/nothing). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.")]
    public async Task An_unknown_object_answers_404(string path, string? code, string message)
    {
        using var client = sandbox.Authenticated();
        using var response = await client.GetAsync(path, Cancellation);
        var error = await ErrorAsync(response);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal((code, message), ((string?)error["code"], (string?)error["message"]));
    }

    [Theory]
    [InlineData(null, "You did not provide an API key.")]
    [InlineData("Bearer sk_test_51Habcdefghijklmnop", "Invalid API Key provided: sk_test_****mnop")]
    [InlineData("Bearer sk_live_51Habc", "This is a local Stripe sandbox, which refuses live keys.")]
    [InlineData("Bearer rk_live_51Habcdefghijklmnop", "This is a local Stripe sandbox, which refuses live keys.")]
    [InlineData("Basic !!!", "You did not provide an API key.")]
    public async Task A_wrong_key_answers_401(string? authorization, string message)
    {
        using var client = sandbox.Anonymous();
        if (authorization is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        }

        using var response = await client.GetAsync("/v1/account", Cancellation);
        var error = await ErrorAsync(response);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.StartsWith(message, (string?)error["message"], StringComparison.Ordinal);
        Assert.Equal("invalid_request_error", (string?)error["type"]);
    }

    [Fact]
    public async Task Basic_authentication_opens_the_sandbox_too()
    {
        using var client = sandbox.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{SandboxServer.Key}:")));

        using var response = await client.GetAsync("/v1/account", Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task AssertRefusedAsync(string path, string form, string? code, string? parameter, string message)
    {
        var error = await PostAsync(path, form, HttpStatusCode.BadRequest);
        Assert.Equal(message, (string?)error["message"]);
        Assert.Equal((code, parameter, "invalid_request_error"), ((string?)error["code"], (string?)error["param"], (string?)error["type"]));
        Assert.Equal(
            code is null ? null : $"https://stripe.com/docs/error-codes/{code.Replace('_', '-')}", (string?)error["doc_url"]);
    }

    private async Task<JsonNode> PostAsync(string path, string form, HttpStatusCode expected)
    {
        using var client = sandbox.Authenticated();
        using var content = new StringContent(form, new MediaTypeHeaderValue("application/x-www-form-urlencoded"));
        using var response = await client.PostAsync(path, content, Cancellation);
        Assert.Equal(expected, response.StatusCode);
        return await ErrorAsync(response);
    }

    private static async Task<JsonNode> ErrorAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!["error"]!;
}
