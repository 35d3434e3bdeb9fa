using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.Webhooks;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
builder.AddWebhooks();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapWebhooks();
return await app.RunServiceAsync();
