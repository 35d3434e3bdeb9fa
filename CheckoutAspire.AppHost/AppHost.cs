using CheckoutAspire.AppHost;
using CheckoutAspire.AppHost.Hosting;

var builder = DistributedApplication.CreateBuilder(args);
var topology = new Topology();
if (!builder.TryAddCheckoutConfiguration(topology, out var mode))
{
    return 1;
}

// Backing resources
var redis = builder.AddCheckoutRedis(topology, mode);

// Services
var mcpApi = builder.AddProject<Projects.CheckoutAspire_McpApi>(ResourceNames.McpApi)
    .WithVariables(Variables.McpApi)
    .WithReference(redis)
    .WaitFor(redis)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = (topology.McpEndpoint, "MCP endpoint"));

var webhooks = builder.AddProject<Projects.CheckoutAspire_Webhooks>(ResourceNames.Webhooks)
    .WithVariables(Variables.Webhooks)
    .WithReference(redis)
    .WaitFor(redis)
    .WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints();

var worker = builder.AddProject<Projects.CheckoutAspire_Worker>(ResourceNames.Worker)
    .WithVariables(Variables.Worker)
    .WithReference(redis)
    .WaitFor(redis)
    .WithHttpHealthCheck("/health")
    .WithOperatorCommands();

// Companions: a stand-in for Stripe without a key, Stripe's own forwarder with a test key; neither is ever deployed.
if (mode == StripeMode.Sandbox)
{
    var sandbox = builder.AddProject<Projects.CheckoutAspire_StripeSandbox>(ResourceNames.StripeSandbox)
        .WithVariables(Variables.StripeSandbox)
        .WithHttpHealthCheck("/health")
        .WithUrlForEndpoint("http", url => url.DisplayText = "Stripe sandbox")
        .ExcludeFromManifest();
    mcpApi.WaitFor(sandbox);
    worker.WaitFor(sandbox);
}
else if (mode == StripeMode.Test)
{
    builder.AddExecutable(ResourceNames.StripeListen, "stripe", builder.AppHostDirectory)
        .WithArgs("listen", "--all-snapshot", "--forward-to", topology.WebhookEndpoint)
        .WithEnvironment("STRIPE_API_KEY", builder.Variable(Variables.StripeSecretKey))
        .WithParentRelationship(webhooks)
        .WithExplicitStart()
        .ExcludeFromManifest();
}

builder.Build().Run();
return 0;
