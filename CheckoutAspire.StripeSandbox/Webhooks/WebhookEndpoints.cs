using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Webhooks;

/// <summary><c>/v1/webhook_endpoints</c>.</summary>
/// <remarks><see href="https://docs.stripe.com/api/webhook_endpoints"/></remarks>
internal static class WebhookEndpoints
{
    private const string Kind = "webhook endpoint";
    private const string Path = "/webhook_endpoints";
    private const int Maximum = 16;
    private const long Day = 24 * 60 * 60;

    private static readonly HashSet<string> Simulated = ["api_version", "description", "disabled", "enabled_events", "expand", "metadata", "url"];

    public static void MapWebhookEndpoints(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, Path, Create);
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapOperation(HttpMethods.Get, $"{Path}/{{id}}", call =>
        {
            var options = call.Bind<BaseOptions>();
            return call.Render(call.Find<StoredEndpoint>(Kind).Endpoint, options);
        });
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}", Update);
        api.MapOperation(HttpMethods.Delete, $"{Path}/{{id}}", Delete);
    }

    /// <summary>Maps the rolling of a secret, which Stripe offers only in its Dashboard.</summary>
    public static void MapSecretRoll(this IEndpointRouteBuilder sandbox) =>
        sandbox.MapOperation(HttpMethods.Post, $"{Path}/{{id}}/roll_secret", RollSecret);

    /// <summary>Maps a change of an endpoint's API version, also of the configured endpoint's. At Stripe a version is chosen once.</summary>
    public static void MapEndpointVersion(this IEndpointRouteBuilder sandbox) =>
        sandbox.MapOperation(HttpMethods.Post, $"{Path}/{{id}}/api_version", SetVersion);

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<WebhookEndpointCreateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        var url = options.Url ?? throw ApiErrors.Missing("url");
        var events = options.EnabledEvents ?? throw ApiErrors.Missing("enabled_events");
        EndpointParameters.Check(url, events, options.Description, options.Metadata);
        EndpointParameters.CheckVersion(options.ApiVersion);
        if (call.Transaction.NewestFirst<StoredEndpoint>().Count(stored => !stored.IsConfigured) >= Maximum)
        {
            throw ApiErrors.Invalid($"You have reached the maximum of {Maximum} test webhook endpoints.");
        }

        var endpoint = StoredEndpoint.New(Identifiers.New("we_1"), url, events, call.Transaction.Now);
        endpoint.ApiVersion = options.ApiVersion;
        endpoint.Description = options.Description;
        endpoint.Metadata = ParameterRules.Merge(null, options.Metadata);
        var secret = NewSecret();
        call.Transaction.Save(new StoredEndpoint
        {
            Id = endpoint.Id,
            Endpoint = endpoint,
            Secrets = [new EndpointSecret(secret, null)],
        });
        return WithSecret(call.Render(endpoint, options), secret);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<WebhookEndpointListOptions>();
        return call.RenderPage(
            call.Transaction.NewestFirst<StoredEndpoint>().Select(stored => stored.Endpoint), options, Kind, "/v1" + Path);
    }

    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<WebhookEndpointUpdateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        var stored = FindOwn(call);
        EndpointParameters.Check(options.Url, options.EnabledEvents, options.Description, options.Metadata);
        var merged = ParameterRules.Merge(stored.Endpoint.Metadata, options.Metadata);
        ParameterRules.Metadata(merged, "metadata");
        var endpoint = stored.Endpoint;
        endpoint.Url = options.Url ?? endpoint.Url;
        endpoint.EnabledEvents = options.EnabledEvents ?? endpoint.EnabledEvents;
        endpoint.Description = options.Description ?? endpoint.Description;
        endpoint.Metadata = merged;
        endpoint.Status = options.Disabled switch
        {
            true => "disabled",
            false => "enabled",
            null => endpoint.Status,
        };
        call.Transaction.Save(stored);
        return call.Render(endpoint, options);
    }

    private static JsonObject Delete(ApiCall call)
    {
        call.Bind<BaseOptions>();
        var stored = FindOwn(call);
        call.Transaction.Delete(stored);
        return ApiOperations.Deleted(stored.Id, "webhook_endpoint");
    }

    private static JsonObject RollSecret(ApiCall call)
    {
        var options = call.Bind<RollSecretOptions>();
        var stored = FindOwn(call);
        var expiresIn = options.ExpiresIn ?? 0;
        if (expiresIn is < 0 or > Day)
        {
            throw ApiErrors.Invalid($"The old secret can remain valid for at most {Day} seconds.", "expires_in");
        }

        var secret = NewSecret();
        var until = call.Transaction.Now.AddSeconds(expiresIn);
        var rolled = stored.SecretsAt(call.Transaction.Now).Take(1).Select(old => new EndpointSecret(old, until)).ToList();
        stored.Secrets.Clear();
        stored.Secrets.Add(new EndpointSecret(secret, null));
        stored.Secrets.AddRange(expiresIn > 0 ? rolled : []);
        call.Transaction.Save(stored);
        return WithSecret(call.Render(stored.Endpoint, options), secret);
    }

    private static JsonObject SetVersion(ApiCall call)
    {
        var options = call.Bind<EndpointVersionOptions>();
        EndpointParameters.CheckVersion(options.ApiVersion ?? throw ApiErrors.Missing("api_version"));
        var stored = call.Find<StoredEndpoint>(Kind);
        stored.Endpoint.ApiVersion = options.ApiVersion;
        if (!stored.IsConfigured)
        {
            call.Transaction.Save(stored);
        }

        return call.Render(stored.Endpoint, options);
    }

    private static StoredEndpoint FindOwn(ApiCall call)
    {
        var stored = call.Find<StoredEndpoint>(Kind);
        return stored.IsConfigured
            ? throw ApiErrors.Invalid("This endpoint is configured by SANDBOX_WEBHOOK_URL and STRIPE_WEBHOOK_SECRET. Change those variables instead.")
            : stored;
    }

    private static string NewSecret() => Identifiers.New("whsec_", 32);

    /// <summary>Adds the secret, which is shown only when it is created.</summary>
    private static JsonObject WithSecret(JsonObject endpoint, string secret)
    {
        endpoint["secret"] = secret;
        return endpoint;
    }
}
