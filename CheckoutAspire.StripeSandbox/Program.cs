using CheckoutAspire.ServiceDefaults;
using CheckoutAspire.StripeSandbox;

var builder = WebApplication.CreateBuilder(args);

// A call of the application belongs to the caller's trace. Background work sends a context that is not sampled (00-…-…-00).
builder.AddServiceDefaults(isTraced: request =>
    request.Path.StartsWithSegments("/v1") && request.Headers.TraceParent.ToString().EndsWith("-01", StringComparison.Ordinal));
builder.AddStripeSandbox();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapStripeSandbox();
return await app.RunServiceAsync();
