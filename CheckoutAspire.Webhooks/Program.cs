using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.Webhooks;

var builder = WebApplication.CreateSlimBuilder(args);

// A stored event is a span of its order's trace. The deliveries themselves, most of them of events that nobody handles, are metrics.
builder.AddServiceDefaults(isTraced: _ => false);
builder.AddWebhooks();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapWebhooks();
return await app.RunServiceAsync();
