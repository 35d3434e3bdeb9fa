using System.Text;
using Microsoft.Extensions.Options;

namespace CheckoutAspire.Worker.Ops;

/// <summary>The operators' bearer token, <c>OPS_TOKEN</c>. Without one the operators' API answers nobody.</summary>
internal sealed class OpsOptions
{
    public const int MinimumLength = 24;

    public byte[] Token { get; private set; } = [];

    public void Read(string? token) => Token = Encoding.UTF8.GetBytes(token ?? "");
}

internal sealed class OpsOptionsValidator : IValidateOptions<OpsOptions>
{
    public ValidateOptionsResult Validate(string? name, OpsOptions options) =>
        options.Token.Length is 0 or >= OpsOptions.MinimumLength
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"OPS_TOKEN is too short to be a secret: use at least {OpsOptions.MinimumLength} characters.");
}
