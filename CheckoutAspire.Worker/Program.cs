using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.Worker;
using CheckoutAspire.Worker.Ops;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddWorker();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapOps();
return await app.RunServiceAsync();
