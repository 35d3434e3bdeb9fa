using CheckoutAspire.Worker;

var builder = WorkerApplication.CreateBuilder(args);
return await builder.RunWorkerAsync();
