namespace CheckoutAspire.AppHost.Tests;

public sealed class ApplicationModelTests
{
    private static readonly string[] s_testKey = ["STRIPE_SECRET_KEY=sk_test_1", "STRIPE_WEBHOOK_SECRET=whsec_1"];
    private static readonly string[] s_liveKey = ["STRIPE_SECRET_KEY=sk_live_1", "STRIPE_WEBHOOK_SECRET=whsec_1", "APP_BASE_URL=https://shop.example"];

    [Fact]
    public async Task Without_a_key_there_are_six_resources_and_each_waits_for_what_it_uses()
    {
        await using var model = await ApplicationModel.BuildAsync();

        Assert.Equal(["redis", "mcpapi", "webhooks", "worker", "operations", "stripe-sandbox"], model.Names);
        Assert.Equal(["redis", "stripe-sandbox"], model.WaitsOf("mcpapi"));
        Assert.Equal(["redis"], model.WaitsOf("webhooks"));
        Assert.Equal(["redis", "stripe-sandbox"], model.WaitsOf("worker"));
        Assert.Equal(["redis", "stripe-sandbox"], model.WaitsOf("operations"));
        Assert.Empty(model.WaitsOf("stripe-sandbox"));
    }

    [Theory]
    [InlineData("test")]
    [InlineData("live")]
    public async Task With_a_stripe_key_nothing_of_the_sandbox_exists(string mode)
    {
        await using var model = await ApplicationModel.BuildAsync(mode == "test" ? s_testKey : s_liveKey);

        Assert.Equal(["redis", "mcpapi", "webhooks", "worker", "operations", .. mode == "test" ? ["stripe-listen"] : Array.Empty<string>()], model.Names);
        Assert.DoesNotContain(model.Parameters, parameter => parameter.Name.Contains("sandbox", StringComparison.Ordinal));
        foreach (var service in new[] { "mcpapi", "webhooks", "worker", "operations" })
        {
            var variables = await model.VariablesOfAsync(service);
            Assert.DoesNotContain("STRIPE_API_BASE", variables.Keys);
            Assert.DoesNotContain(variables.Values, value => value.Contains("sandbox", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Theory]
    [InlineData("mcpapi", "STRIPE_SECRET_KEY STRIPE_API_BASE APP_BASE_URL ConnectionStrings__archive ConnectionStrings__redis CHECKOUT_DAILY_CAP CHECKOUT_DEPLOYMENT CHECKOUT_API_KEYS Orders__Partitions")]
    [InlineData("webhooks", "STRIPE_WEBHOOK_SECRET ConnectionStrings__redis Orders__Partitions")]
    [InlineData("worker", "STRIPE_SECRET_KEY STRIPE_API_BASE ConnectionStrings__archive ConnectionStrings__redis CHECKOUT_DEPLOYMENT FULFILLMENT_URL FULFILLMENT_SECRET Orders__Partitions")]
    [InlineData("operations", "STRIPE_SECRET_KEY STRIPE_API_BASE ConnectionStrings__archive ConnectionStrings__redis CHECKOUT_DEPLOYMENT OPS_TOKEN OPS_SIGN_IN_TOKEN OPS_TRACE_URL Orders__Partitions")]
    [InlineData("stripe-sandbox", "STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET SANDBOX_WEBHOOK_URL Sandbox__DataDirectory")]
    public async Task A_service_gets_its_own_variables_and_no_others(string service, string variables)
    {
        await using var model = await ApplicationModel.BuildAsync(
            "CHECKOUT_DAILY_CAP=usd:1", "CHECKOUT_DEPLOYMENT=alice", "CHECKOUT_API_KEYS=a:b", "FULFILLMENT_URL=https://merchant.example",
            "FULFILLMENT_SECRET=whsec_2", "OPS_TOKEN=t", "Orders:Partitions=4");

        Assert.Equal(
            variables.Split(' ').Order(StringComparer.Ordinal),
            (await model.VariablesOfAsync(service)).Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("http://localhost:15080/traces/detail/{trace_id}", "ASPNETCORE_URLS=http://localhost:15080;http://localhost:15081")]
    [InlineData("https://traces.example/{session_id}", "ASPNETCORE_URLS=http://localhost:15080", "OPS_TRACE_URL=https://traces.example/{session_id}")]
    public async Task An_order_s_page_links_to_its_trace_on_the_dashboard_unless_another_address_is_set(string address, params string[] settings)
    {
        await using var model = await ApplicationModel.BuildAsync(settings);

        Assert.Equal(address, await model.ValueOfAsync("ops-trace-url"));
    }

    [Fact]
    public async Task A_setting_without_a_value_is_neither_a_parameter_nor_a_variable()
    {
        await using var model = await ApplicationModel.BuildAsync();

        Assert.Equal(["connectionstrings-archive", "ops-token", "ops-trace-url", "redis-password", "sandbox-key", "sandbox-webhook-secret"], model.Parameters.Select(parameter => parameter.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("FULFILLMENT_URL", (await model.VariablesOfAsync("worker")).Keys);
    }

    [Fact]
    public async Task Every_address_is_an_endpoint_reference()
    {
        await using var model = await ApplicationModel.BuildAsync();
        var (mcpApi, sandbox) = (await model.VariablesOfAsync("mcpapi"), await model.VariablesOfAsync("stripe-sandbox"));

        Assert.Equal("{stripe-sandbox.bindings.http.url}", mcpApi["STRIPE_API_BASE"]);
        Assert.Equal("{mcpapi.bindings.http.url}", mcpApi["APP_BASE_URL"]);
        Assert.Equal("{redis.connectionString}", mcpApi["ConnectionStrings__redis"]);
        Assert.Equal("{webhooks.bindings.http.url}/webhook/stripe", sandbox["SANDBOX_WEBHOOK_URL"]);
    }

    [Fact]
    public async Task The_sandbox_and_the_receiver_share_a_generated_secret_and_never_the_users()
    {
        await using var model = await ApplicationModel.BuildAsync("STRIPE_WEBHOOK_SECRET=whsec_users");

        Assert.Equal("whsec_{sandbox-webhook-secret.value}", (await model.VariablesOfAsync("webhooks"))["STRIPE_WEBHOOK_SECRET"]);
        Assert.Equal("whsec_{sandbox-webhook-secret.value}", (await model.VariablesOfAsync("stripe-sandbox"))["STRIPE_WEBHOOK_SECRET"]);
    }

    [Fact]
    public async Task A_test_key_may_be_used_with_another_stripe_api()
    {
        await using var model = await ApplicationModel.BuildAsync([.. s_testKey, "STRIPE_API_BASE=http://localhost:12111"]);

        Assert.Equal("{stripe-api-base.value}", (await model.VariablesOfAsync("mcpapi"))["STRIPE_API_BASE"]);
        Assert.Equal("{stripe-api-base.value}", (await model.VariablesOfAsync("worker"))["STRIPE_API_BASE"]);
    }

    [Fact]
    public async Task The_link_to_operations_signs_in_with_a_token_of_this_run()
    {
        await using var first = await ApplicationModel.BuildAsync();
        await using var second = await ApplicationModel.BuildAsync();
        var (token, other) = ((await first.VariablesOfAsync("operations"))["OPS_SIGN_IN_TOKEN"], (await second.VariablesOfAsync("operations"))["OPS_SIGN_IN_TOKEN"]);

        Assert.Equal(32, token.Length);
        Assert.NotEqual(token, other);
        Assert.Contains("/sign-in?t=" + token, await first.LinksOfAsync("operations"));
    }

    [Fact]
    public async Task Every_parameter_has_a_description()
    {
        await using var model = await ApplicationModel.BuildAsync([.. s_liveKey, "CHECKOUT_UCP=true"]);

        Assert.All(model.Parameters, parameter => Assert.False(string.IsNullOrWhiteSpace(parameter.Description), parameter.Name));
    }

    [Fact]
    public async Task An_isolated_run_keeps_its_data_outside_the_repository()
    {
        await using var model = await ApplicationModel.BuildAsync();

        Assert.StartsWith(Path.GetTempPath(), (await model.VariablesOfAsync("stripe-sandbox"))["Sandbox__DataDirectory"], StringComparison.Ordinal);
        Assert.StartsWith(Path.GetTempPath(), await model.ValueOfAsync("connectionstrings-archive"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mcp_api_is_marked_as_an_mcp_server_and_every_service_has_both_probes()
    {
        await using var model = await ApplicationModel.BuildAsync();

        Assert.Single(model["mcpapi"].Annotations.OfType<McpServerEndpointAnnotation>());
        Assert.All(["mcpapi", "webhooks", "worker", "operations", "stripe-sandbox"], name =>
        {
            Assert.Equivalent(
                new[] { ProbeType.Readiness, ProbeType.Liveness },
                model[name].Annotations.OfType<ProbeAnnotation>().Select(probe => probe.Type),
                strict: true);
            Assert.NotEmpty(model[name].Annotations.OfType<HealthCheckAnnotation>());
        });
    }

    [Theory]
    [InlineData("mcpapi", "sell-test-product")]
    [InlineData("stripe-sandbox", "pay-newest decline-newest expire-newest lose-next-event repeat-next-event")]
    [InlineData("operations", "owed needs-review dead approve-order reject-order redrive-dead-letter find-order explain-order retry-order reread-order refund-order dismiss-dead-letter redrive-dead-letters bulk handlers pause-handler resume-handler")]
    public async Task A_resource_has_the_commands_that_people_reach_for(string resource, string commands)
    {
        await using var model = await ApplicationModel.BuildAsync();

        Assert.Equal(
            commands.Split(' '),
            model[resource].Annotations.OfType<ResourceCommandAnnotation>().Select(command => command.Name).Intersect(commands.Split(' ')));
    }

    [Fact]
    public async Task A_live_key_has_no_command_that_sells()
    {
        await using var model = await ApplicationModel.BuildAsync(s_liveKey);

        Assert.DoesNotContain(model["mcpapi"].Annotations.OfType<ResourceCommandAnnotation>(), command => command.Name == "sell-test-product");
    }

    [Theory]
    [InlineData("mcpapi", 5080)]
    [InlineData("webhooks", 5081)]
    [InlineData("stripe-sandbox", 5082)]
    [InlineData("redis", 5083)]
    [InlineData("worker", 5084)]
    [InlineData("operations", 5085)]
    public async Task A_resource_listens_where_the_documentation_says(string resource, int port)
    {
        await using var model = await ApplicationModel.BuildAsync();

        Assert.Equal(port, model.EndpointOf(resource).Port);
        Assert.True(model.EndpointOf(resource).IsProxied);
    }

    [Fact]
    public void Every_setting_has_a_name_of_its_own() =>
        Assert.Equal(Settings.All.Count, Settings.All.Select(setting => setting.ParameterName).Distinct().Count());

    [Fact]
    public void The_settings_file_describes_every_setting() =>
        Assert.All(Settings.All, setting => Assert.EndsWith(".", setting.Description, StringComparison.Ordinal));
}
