using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.StripeSandbox;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddStripeSandbox();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapStripeSandbox();
return await app.RunServiceAsync();
