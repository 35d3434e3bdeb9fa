using System.Text;
using CheckoutAspire.ServiceDefaults;

namespace CheckoutAspire.Worker.Ops;

/// <summary>The operators' bearer token, <c>OPS_TOKEN</c>. Without one the operators' API answers every request with 401.</summary>
internal sealed class OpsOptions : IReadOptions
{
    public const int MinimumLength = 24;

    public byte[] Token { get; private set; } = [];

    public IReadOnlyList<string> ConfigurationErrors { get; private set; } = [];

    public void Read(IConfiguration configuration)
    {
        Token = Encoding.UTF8.GetBytes(configuration["OPS_TOKEN"] ?? "");
        ConfigurationErrors = Token.Length is 0 or >= MinimumLength
            ? []
            : [$"OPS_TOKEN is too short to be a secret: use at least {MinimumLength} characters."];
    }
}
