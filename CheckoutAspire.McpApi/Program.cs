using CheckoutAspire.McpApi;
using CheckoutAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddMcpApi();

return await builder.Build().RunServiceAsync(app =>
{
    app.MapDefaultEndpoints();
    app.MapMcpApi();
});
