using CheckoutAspire.AppHost.LocalHost;

return await LocalCommand.RunAsync(HostConsole.Standard());
