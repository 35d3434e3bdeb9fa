using CheckoutAspire.Operations;
using CheckoutAspire.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddOperations();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapOperations();
return await app.RunServiceAsync();
