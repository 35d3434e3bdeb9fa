using CheckoutAspire.McpApi;
using CheckoutAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddMcpApi();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMcpApi();
return await app.RunServiceAsync();
