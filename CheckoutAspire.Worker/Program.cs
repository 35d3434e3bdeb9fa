using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.Worker;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddWorker();

var app = builder.Build();
app.MapDefaultEndpoints();
return await app.RunServiceAsync();
