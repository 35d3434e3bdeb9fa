using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Api;

/// <summary>What one API request asks, and the transaction it is answered in.</summary>
internal sealed record ApiCall(Transaction Transaction, FormNode Form, RouteValueDictionary Route, string BaseUrl)
{
    /// <summary>The identifier in the path.</summary>
    public string Id => (string)Route["id"]!;

    /// <summary>
    /// The error to answer with although the work is done and stays done: a declined payment leaves its charge and its events. An error that
    /// is thrown undoes what the call added.
    /// </summary>
    public StripeException? Refusal { get; set; }

    /// <summary>The parameters, bound to Stripe.net's own options class.</summary>
    public TOptions Bind<TOptions>()
        where TOptions : class, new() => ParameterBinder.Bind<TOptions>(Form);

    /// <summary>The object that the path names.</summary>
    /// <exception cref="StripeException">404: there is none.</exception>
    public T Find<T>(string kind)
        where T : class, IHasId =>
        Transaction.TryFind<T>(Id, out var entity) ? entity : throw ApiErrors.NoSuchObject(kind, Id);

    public JsonObject Render(IHasId entity, BaseOptions options) =>
        Expansion.Expand(Transaction, StripeJson.ToJson(entity), options.Expand);

    /// <summary>A page of the objects, expanded.</summary>
    public JsonObject RenderPage<T>(IEnumerable<T> newestFirst, ListOptions options, string kind, string url)
        where T : IHasId =>
        Expansion.Expand(
            Transaction, Pagination.Page(newestFirst, options, kind, url, static entity => StripeJson.ToJson(entity)), options.Expand);
}

/// <summary>Answers one API request; runs alone on the store.</summary>
internal delegate JsonObject ApiOperation(ApiCall call);
