using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>An API request and the transaction that answers it.</summary>
internal sealed record ApiCall(Transaction Transaction, FormNode Form, RouteValueDictionary Route, string BaseUrl)
{
    /// <summary>The identifier in the path.</summary>
    public string Id => (string)Route["id"]!;

    /// <summary>
    /// An error to answer with while the transaction is kept: a declined payment leaves its charge and its events. Throwing an exception
    /// instead would remove what the call added.
    /// </summary>
    public StripeException? Error { get; set; }

    /// <summary>The parameters, bound to Stripe.net's options class.</summary>
    public TOptions Bind<TOptions>()
        where TOptions : class, new() => ParameterBinder.Bind<TOptions>(Form);

    /// <summary>The object that the path names.</summary>
    /// <exception cref="StripeException">404: the object does not exist.</exception>
    public T Find<T>(string kind)
        where T : class, IHasId =>
        Transaction.TryFind<T>(Id, out var entity) ? entity : throw ApiErrors.NoSuchObject(kind, Id);

    public JsonObject Render(IHasId entity, BaseOptions options) =>
        Expansion.Expand(Transaction, StripeJson.ToJson(entity), options.Expand);

    /// <summary>A page of the objects, with expansions applied.</summary>
    public JsonObject RenderPage<T>(IEnumerable<T> newestFirst, ListOptions options, string kind, string url)
        where T : IHasId =>
        Expansion.Expand(
            Transaction, Pagination.Page(newestFirst, options, kind, url, static entity => StripeJson.ToJson(entity)), options.Expand);
}

/// <summary>Answers one API request. It runs under the store's lock.</summary>
internal delegate JsonObject ApiOperation(ApiCall call);
