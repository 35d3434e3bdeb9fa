using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CheckoutAspire.TestKit;

/// <summary>
/// The parts of an authorization server that a resource server uses, which are metadata, keys and tokens, and those of an OpenID Connect provider that signs
/// every visitor in at once: the authorization code flow with PKCE. Compiled into each test project that uses it.
/// </summary>
internal sealed class AuthorizationServer : IAsyncDisposable
{
    public const string Audience = "https://shop.example/mcp";

    private readonly WebApplication _app;
    private readonly List<(RSA Key, string Id)> _keys = [];
    private readonly ConcurrentDictionary<string, (string Challenge, string Nonce, string RedirectUri)> _codes = new(StringComparer.Ordinal);

    private AuthorizationServer(WebApplication app)
    {
        _app = app;
        Rotate();
    }

    public string Issuer => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public SigningCredentials Credentials => Sign(_keys[^1]);

    public const string ClientId = "operations";
    public const string ClientSecret = "the secret of the registered client";

    /// <summary>The claims of the visitor that signs in next.</summary>
    public Dictionary<string, object> Visitor { get; set; } = [];

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
        app.MapGet("/authorize", server.Authorize);
        app.MapPost("/token", server.ExchangeAsync);
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

    private IResult Authorize(HttpRequest request)
    {
        var (query, code) = (request.Query, Guid.NewGuid().ToString("N"));
        if (query["client_id"] != ClientId || query["response_type"] != "code" || query["code_challenge_method"] != "S256")
        {
            return Results.BadRequest();
        }

        _codes[code] = (query["code_challenge"].ToString(), query["nonce"].ToString(), query["redirect_uri"].ToString());
        return Results.Redirect(QueryHelpers.AddQueryString(
            query["redirect_uri"].ToString(), new Dictionary<string, string?> { ["code"] = code, ["state"] = query["state"] }));
    }

    // A code is valid once, with the secret of the client and the verifier of the challenge (https://www.rfc-editor.org/rfc/rfc7636#section-4.6).
    private async Task<IResult> ExchangeAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        var digest = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        return _codes.TryRemove(form["code"].ToString(), out var asked) && asked.Challenge == digest && asked.RedirectUri == form["redirect_uri"]
            && form["client_id"] == ClientId && form["client_secret"] == ClientSecret
            ? Results.Json(new JsonObject
            {
                ["access_token"] = "opaque",
                ["token_type"] = "Bearer",
                ["id_token"] = IdToken(asked.Nonce),
            })
            : Results.Json(new JsonObject { ["error"] = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest);
    }

    /// <summary>An ID token of the visitor for the registered client.</summary>
    public string IdToken(string nonce) => Issue(ClientId, new Dictionary<string, object>(Visitor) { ["nonce"] = nonce });

    /// <summary>An access token of the visitor for the registered client.</summary>
    public string AccessToken() => Issue(ClientId, Visitor);

    private string Issue(string audience, Dictionary<string, object> claims) =>
        new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor { Issuer = Issuer, Audience = audience, Claims = claims, SigningCredentials = Credentials });

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
