using System.Buffers;
using StackExchange.Redis;

namespace CheckoutAspire.Benchmarks.Peers;

/// <summary>The floor: reads the body and XADDs it. It verifies nothing, parses nothing and notifies no consumer: the least that a receiver can do.</summary>
internal static class FloorReceiver
{
    public const string Name = "floor";

    private const int MaxBytes = 256 * 1024;

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        var app = builder.Build();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(PeerConfiguration.Redis);
        var database = redis.GetDatabase();
        app.MapPost(PeerConfiguration.Path, context => AppendAsync(context, database));
        await app.RunAsync();
        return 0;
    }

    private static async Task AppendAsync(HttpContext context, IDatabase database)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(context.Request.ContentLength ?? MaxBytes, MaxBytes) + 1);
        try
        {
            var length = 0;
            int read;
            while ((read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted)) > 0)
            {
                length += read;
            }

            await database.StreamAddAsync(PeerConfiguration.Stream, "body", buffer.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
