using System.Security.Cryptography;

namespace CheckoutAspire.AppHost;

/// <summary>The git-ignored <c>.data/</c> at the root: what belongs to this machine and outlives a run.</summary>
internal sealed class DataDirectory(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path { get; } = path;

    /// <summary>A ledger is stamped with its mode, so each mode has its own: trying a Stripe key does not cost the sandbox's orders.</summary>
    public string Redis(StripeMode mode) => System.IO.Path.Combine(Path, "redis", Enum.GetName(mode)!.ToLowerInvariant());

    public string StripeSandbox => System.IO.Path.Combine(Path, "sandbox");

    public string OpsTokenFile => System.IO.Path.Combine(Path, "ops-token");

    public string WebhookSecretFile => System.IO.Path.Combine(Path, "webhook-secret");

    /// <summary>The bearer token of the operators' API, generated once.</summary>
    public string OpsToken() => GeneratedOnce(OpsTokenFile, "ops_");

    /// <summary>What the sandbox signs with and the receiver checks with, generated once.</summary>
    public string WebhookSecret() => GeneratedOnce(WebhookSecretFile, "whsec_");

    private string GeneratedOnce(string file, string prefix)
    {
        var length = prefix.Length + 64;
        if (Stored() is { } stored)
        {
            return stored;
        }

        CreatePrivate(Path);
        var secret = prefix + RandomNumberGenerator.GetHexString(64, lowercase: true);
        var temporary = $"{file}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var writer = new StreamWriter(temporary, options))
        {
            writer.Write(secret);
        }

        // Whole or not at all, so that a host killed here leaves no half a secret.
        File.Move(temporary, file, overwrite: true);
        return Stored() ?? secret;

        string? Stored() =>
            File.Exists(file) && File.ReadAllText(file).Trim() is var text
            && text.Length == length && text.StartsWith(prefix, StringComparison.Ordinal) ? text : null;
    }

    /// <summary>Creates a directory that only this user may enter.</summary>
    public static void CreatePrivate(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        }
    }
}
