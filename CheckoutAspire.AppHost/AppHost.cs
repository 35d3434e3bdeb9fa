using CheckoutAspire.AppHost;

try
{
    var builder = DistributedApplication.CreateBuilder(args);
    builder.AddDotEnv();
    var stripe = builder.AddStripe();
    var redis = builder.AddLedgerRedis(stripe.Mode);
    builder.Configuration["ConnectionStrings:archive"] ??= builder.ExecutionContext.IsRunMode ? $"{builder.DataDirectory("archive")}/{stripe.Mode}.db" : null;
    builder.Configuration["OPS_TRACE_URL"] ??= builder.ExecutionContext.IsRunMode && Uri.TryCreate(builder.Read("ASPNETCORE_URLS")?.Split(';')[0], UriKind.Absolute, out var dashboard)
        ? $"{dashboard.GetLeftPart(UriPartial.Authority)}/traces/detail/{{trace_id}}" : null;
    var (opsToken, signIn) = (builder.Parameter("OPS_TOKEN") ?? builder.AddGeneratedSecret("ops-token"), builder.ExecutionContext.IsRunMode ? $"{Guid.NewGuid():N}" : null);

    // Services
    var mcpApi = builder.AddService<Projects.CheckoutAspire_McpApi>(ResourceNames.McpApi)
        .WithReference(redis).WaitFor(redis).WithEnvironment("STRIPE_SECRET_KEY", stripe.SecretKey)
        .WithExternalHttpEndpoints()
        .WithMcpServer("/mcp")
        .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/mcp", "MCP endpoint"));

    var webhooks = builder.AddService<Projects.CheckoutAspire_Webhooks>(ResourceNames.Webhooks)
        .WithReference(redis).WaitFor(redis)
        .WithEnvironment("STRIPE_WEBHOOK_SECRET", stripe.WebhookSecret)
        .WithExternalHttpEndpoints()
        .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ("/webhook/stripe", "Stripe webhook"));

    var worker = builder.AddService<Projects.CheckoutAspire_Worker>(ResourceNames.Worker)
        .WithReference(redis).WaitFor(redis).WithEnvironment("STRIPE_SECRET_KEY", stripe.SecretKey);

    var operations = builder.AddService<Projects.CheckoutAspire_Operations>(ResourceNames.Operations)
        .WithReference(redis).WaitFor(redis)
        .WithEnvironment("STRIPE_SECRET_KEY", stripe.SecretKey).WithEnvironment("OPS_TOKEN", opsToken)
        .WithEnvironment(context => _ = signIn is null || context.EnvironmentVariables.TryAdd("OPS_SIGN_IN_TOKEN", signIn)) // Of this run only.
        .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"/sign-in?t={signIn}", "Operators' pages"))
        .WithCommands(opsToken.Resource);

    _ = builder.Parameter("APP_BASE_URL") is null ? mcpApi.WithEnvironment("APP_BASE_URL", mcpApi.GetEndpoint("http")) : mcpApi;

    // Companions: the sandbox without a Stripe key, Stripe's own forwarder with a test key. Neither is ever deployed.
    if (stripe.Mode is StripeMode.Sandbox)
    {
        var sandbox = builder.AddStripeSandbox(stripe, webhooks.GetEndpoint("http"));
        Array.ForEach([mcpApi, worker, operations], service => service.WithEnvironment("STRIPE_API_BASE", sandbox.GetEndpoint("http")).WaitFor(sandbox));
    }
    else if (stripe.Mode is StripeMode.Test)
    {
        builder.AddStripeListen(stripe, webhooks.GetEndpoint("http")).WithParentRelationship(webhooks);
    }

    mcpApi.WithSellCommand(stripe.Mode);
    builder.RefusePortsInUse(builder.IsIsolated());
    builder.WriteWelcome(stripe.Mode, mcpApi.GetEndpoint("http"), webhooks.GetEndpoint("http"), signIn);
    await builder.Build().RunAsync();
    return 0;
}
catch (ConfigurationException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
