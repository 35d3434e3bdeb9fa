using CheckoutAspire.McpApi;
using CheckoutAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

// The buyer's page asks for the order's state every few seconds, and a short link only redirects.
builder.AddServiceDefaults(isTraced: request => request.Path != "/checkout/state" && !request.Path.StartsWithSegments("/pay"));
builder.AddMcpApi();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMcpApi();
return await app.RunServiceAsync();
