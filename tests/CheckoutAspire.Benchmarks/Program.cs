using CheckoutAspire.Benchmarks;
using CheckoutAspire.Benchmarks.Peers;

return args switch
{
    ["serve", FloorReceiver.Name] => await FloorReceiver.RunAsync(),
    ["serve", TextbookReceiver.Name] => await TextbookReceiver.RunAsync(),
    _ => await Bench.RunAsync(args),
};
