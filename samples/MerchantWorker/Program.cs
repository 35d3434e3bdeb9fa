using CheckoutAspire.Worker;
using OrderDatabase;

var builder = WorkerApplication.CreateBuilder(args);
builder.Services.AddOrderDatabase(builder.Configuration.GetConnectionString("orders") ?? "Data Source=orders.db");
return await builder.RunWorkerAsync();
