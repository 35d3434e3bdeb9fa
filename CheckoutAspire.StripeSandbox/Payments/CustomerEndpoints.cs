using System.Text.Json.Nodes;
using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary><c>/v1/customers</c>.</summary>
internal static class CustomerEndpoints
{
    private const string Kind = "customer";
    private const string Path = "/customers";

    private static readonly HashSet<string> Simulated = ["address", "description", "email", "expand", "metadata", "name", "phone"];

    public static void MapCustomers(this IEndpointRouteBuilder api)
    {
        api.MapOperation(HttpMethods.Post, Path, Create);
        api.MapOperation(HttpMethods.Get, Path, List);
        api.MapRetrieve<Customer>(Path, Kind);
        api.MapOperation(HttpMethods.Post, $"{Path}/{{id}}", Update);
        api.MapOperation(HttpMethods.Delete, $"{Path}/{{id}}", Delete);
    }

    /// <summary>A new customer.</summary>
    public static Customer New(Transaction transaction, string? email, string? name, Address? address) => new()
    {
        Id = Identifiers.New("cus_", 14),
        Object = "customer",
        Address = address,
        Created = transaction.Now,
        Delinquent = false,
        Email = email,
        InvoicePrefix = Identifiers.New("", 8).ToUpperInvariant(),
        InvoiceSettings = new CustomerInvoiceSettings(),
        Metadata = [],
        Name = name,
        PreferredLocales = [],
        TaxExempt = "none",
    };

    private static JsonObject Create(ApiCall call)
    {
        var options = call.Bind<CustomerCreateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        Check(options.Email, options.Name, options.Description, options.Metadata);
        var customer = New(call.Transaction, options.Email, options.Name, AddressOf(options.Address));
        customer.Description = options.Description;
        customer.Metadata = ParameterRules.Merge(null, options.Metadata);
        customer.Phone = options.Phone;
        call.Transaction.Emit("customer.created", call.Transaction.Save(customer));
        return call.Render(customer, options);
    }

    private static JsonObject Update(ApiCall call)
    {
        var options = call.Bind<CustomerUpdateOptions>();
        UnsupportedParameters.Check(call.Form, Simulated);
        Check(options.Email, options.Name, options.Description, options.Metadata);
        var customer = call.Find<Customer>(Kind);
        var merged = ParameterRules.Merge(customer.Metadata, options.Metadata);
        ParameterRules.Metadata(merged, "metadata");
        customer.Address = AddressOf(options.Address) ?? customer.Address;
        customer.Description = options.Description ?? customer.Description;
        customer.Email = options.Email ?? customer.Email;
        customer.Metadata = merged;
        customer.Name = options.Name ?? customer.Name;
        customer.Phone = options.Phone ?? customer.Phone;
        call.Transaction.Emit("customer.updated", call.Transaction.Save(customer));
        return call.Render(customer, options);
    }

    private static JsonObject Delete(ApiCall call)
    {
        call.Bind<BaseOptions>();
        var customer = call.Find<Customer>(Kind);
        call.Transaction.Emit("customer.deleted", customer);
        call.Transaction.Delete(customer);
        return ApiOperations.Deleted(customer.Id, Kind);
    }

    private static JsonObject List(ApiCall call)
    {
        var options = call.Bind<CustomerListOptions>();
        return call.RenderPage(
            call.Transaction.NewestFirst<Customer>().Where(customer =>
                Pagination.Admits(options.Created, customer.Created) && (options.Email is null || customer.Email == options.Email)),
            options,
            Kind,
            "/v1" + Path);
    }

    private static void Check(string? email, string? name, string? description, Dictionary<string, string>? metadata)
    {
        ParameterRules.Email(email, "email");
        ParameterRules.MaximumLength(name, 256, "name");
        ParameterRules.MaximumLength(description, 5000, "description");
        ParameterRules.Metadata(metadata, "metadata");
    }

    private static Address? AddressOf(AddressOptions? options) => options is null ? null : new Address
    {
        City = options.City,
        Country = options.Country,
        Line1 = options.Line1,
        Line2 = options.Line2,
        PostalCode = options.PostalCode,
        State = options.State,
    };
}
