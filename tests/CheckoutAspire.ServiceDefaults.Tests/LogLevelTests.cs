using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CheckoutAspire.ServiceDefaults.Tests;

/// <summary>A service manager starts a service from any folder, in which there is no <c>appsettings.json</c>.</summary>
public sealed class LogLevelTests : IDisposable
{
    private readonly DirectoryInfo _elsewhere = Directory.CreateTempSubdirectory("checkout-elsewhere-");

    public void Dispose() => _elsewhere.Delete(recursive: true);

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Information, false)]
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, true)]
    [InlineData("StackExchange.Redis.ConnectionMultiplexer", LogLevel.Information, false)]
    [InlineData("System.Net.Http.HttpClient.Default", LogLevel.Information, false)]
    [InlineData("CheckoutAspire.Worker", LogLevel.Information, true)]
    public void A_service_started_from_another_folder_logs_no_line_for_each_request(string category, LogLevel level, bool isLogged)
    {
        using var host = Build();

        Assert.Equal(isLogged, IsLogged(host, category, level));
    }

    [Fact]
    public void Configuration_of_the_users_wins_over_the_levels_in_code()
    {
        using var host = Build("--Logging:LogLevel:Microsoft.AspNetCore=Information");

        Assert.True(IsLogged(host, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Information));
    }

    private IHost Build(params string[] arguments)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = arguments, ContentRootPath = _elsewhere.FullName });
        builder.AddServiceDefaults();
        return builder.Build();
    }

    private static bool IsLogged(IHost host, string category, LogLevel level) =>
        host.Services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(level);
}
