using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.Webhooks;

var builder = WebApplication.CreateSlimBuilder(args);

// A stored event is a span in its order's trace. Deliveries are counted by a metric and not traced, because most of them carry
// event types that this application does not handle.
builder.AddServiceDefaults(isTraced: _ => false);
builder.AddWebhooks();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapWebhooks();
return await app.RunServiceAsync();
