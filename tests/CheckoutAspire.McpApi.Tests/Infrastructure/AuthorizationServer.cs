using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CheckoutAspire.McpApi.Tests.Infrastructure;

/// <summary>The parts of an authorization server that a resource server uses: metadata, keys and tokens.</summary>
internal sealed class AuthorizationServer : IAsyncDisposable
{
    public const string Audience = "https://shop.example/mcp";

    private readonly WebApplication _app;
    private readonly List<(RSA Key, string Id)> _keys = [];

    private AuthorizationServer(WebApplication app)
    {
        _app = app;
        Rotate();
    }

    public string Issuer => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public SigningCredentials Credentials => Sign(_keys[^1]);

    /// <summary>An unknown key with the id of the published key.</summary>
    public SigningCredentials Forged => Sign((RSA.Create(2048), _keys[^1].Id));

    /// <summary>The public key, used as a shared secret.</summary>
    public SigningCredentials Confused => new(
        new SymmetricSecurityKey(_keys[^1].Key.ExportSubjectPublicKeyInfo()) { KeyId = _keys[^1].Id }, SecurityAlgorithms.HmacSha256);

    public static async Task<AuthorizationServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new AuthorizationServer(app);
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new JsonObject
        {
            ["issuer"] = server.Issuer,
            ["jwks_uri"] = server.Issuer + "/keys",
            ["authorization_endpoint"] = server.Issuer + "/authorize",
            ["token_endpoint"] = server.Issuer + "/token",
        }));
        app.MapGet("/keys", () => Results.Json(new JsonObject { ["keys"] = new JsonArray([.. server._keys.Select(Publish)]) }));
        await app.StartAsync();
        return server;
    }

    /// <summary>Publishes another key and signs with it.</summary>
    public void Rotate() => _keys.Add((RSA.Create(2048), Guid.NewGuid().ToString("N")));

    /// <summary>A token of this server, for the shop by default.</summary>
    public string Token(
        string scope = "checkout:create checkout:read checkout:cancel",
        string? subject = "agent-7",
        string? issuer = null,
        string audience = Audience,
        TimeSpan? age = null,
        SigningCredentials? credentials = null,
        string scopeClaim = "scope",
        string? type = null,
        (string Name, object Value)? header = null,
        (string Name, object Value)? claim = null)
    {
        var issuedAt = TimeProvider.System.GetUtcNow().UtcDateTime - (age ?? TimeSpan.Zero);
        var claims = new Dictionary<string, object> { [scopeClaim] = scope };
        if (subject is not null)
        {
            claims["sub"] = subject;
        }

        if (claim is { } more)
        {
            claims[more.Name] = more.Value;
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Issuer,
            Audience = audience,
            IssuedAt = issuedAt,
            NotBefore = issuedAt,
            Expires = issuedAt.AddMinutes(10),
            Claims = claims,
            TokenType = type,
            AdditionalHeaderClaims = header is { } extra ? new Dictionary<string, object> { [extra.Name] = extra.Value } : null,
            SigningCredentials = credentials ?? Credentials,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _keys.ForEach(key => key.Key.Dispose());
    }

    private static SigningCredentials Sign((RSA Key, string Id) key) =>
        new(new RsaSecurityKey(key.Key) { KeyId = key.Id }, SecurityAlgorithms.RsaSha256);

    private static JsonNode Publish((RSA Key, string Id) key)
    {
        var parameters = key.Key.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = key.Id,
            ["n"] = Base64UrlEncoder.Encode(parameters.Modulus),
            ["e"] = Base64UrlEncoder.Encode(parameters.Exponent),
        };
    }
}
