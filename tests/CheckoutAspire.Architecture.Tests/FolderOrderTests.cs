using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace CheckoutAspire.Architecture.Tests;

/// <summary>
/// The order of each project's folders, which are its namespaces, from top to bottom. A folder imports only folders below it, so there are
/// no circles. The files at a project's root, which register what the folders hold, have no place in the order.
/// </summary>
public sealed class FolderOrderTests
{
    public static TheoryData<string, string[]> Projects() => new()
    {
        {
            "CheckoutAspire.McpApi",
            [
                "Ucp", "Tools", "Resources", "Pages", "Apps", "Checkouts", "Catalog", "Policy", "Stripe", "Access", "Telemetry", "Errors",
                "Localization", "Values",
            ]
        },
        { "CheckoutAspire.Fulfillment", [] },
        { "CheckoutAspire.Orders", ["Transitions", "Events", "Requests", "Stock", "Ledger", "Archive", "Partitions", "Stripe"] },
        { "CheckoutAspire.Archive", [] },
        { "CheckoutAspire.Worker", ["Notices", "Consuming", "Fulfillment", "Reconciliation", "Archiving", "Events"] },
        { "CheckoutAspire.Operations", ["Pages", "Api", "Repair", "Finding", "Explanations", "Status", "Access"] },
        { "CheckoutAspire.Webhooks", [] },
        { "CheckoutAspire.ServiceDefaults", [] },
        {
            "CheckoutAspire.StripeSandbox",
            [
                "StripeCli", "Control", "HostedPage", "Events", "Checkout", "Billing", "Catalog", "Payments", "Returns", "Webhooks", "Api", "Storage",
                "Objects", "Faults",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_folder_imports_only_folders_below_it(string project, string[] folders)
    {
        var upward =
            from type in TypesOf(project)
            let folder = FolderOf(type, project)
            from dependency in type.Dependencies
            where dependency.Target is not GenericParameter
            let imported = FolderOf(dependency.Target, project)
            where imported is not null && Array.IndexOf(folders, imported) < Array.IndexOf(folders, folder)
            select $"{folder}/{type.Name} imports {imported}/{dependency.Target.Name}";

        Assert.Empty(upward.Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Every_folder_has_its_place_in_the_order(string project, string[] folders) =>
        Assert.Equal(
            folders.Order(StringComparer.Ordinal),
            TypesOf(project).Select(type => FolderOf(type, project)).Distinct().Order(StringComparer.Ordinal));

    /// <summary>A merchant's project references the contracts, and must not thereby reference the ledger, Redis or ASP.NET Core.</summary>
    [Fact]
    public void The_contracts_of_handlers_depend_on_dependency_injection_only() => Assert.Equal(
        ["Microsoft.Extensions.DependencyInjection.Abstractions"],
        Assembly.Load("CheckoutAspire.Fulfillment").GetReferencedAssemblies().Select(assembly => assembly.Name)
            .Where(name => !name!.StartsWith("System.", StringComparison.Ordinal)));

    private static IEnumerable<IType> TypesOf(string project)
    {
        var architecture = new ArchLoader().LoadAssemblies(Assembly.Load(project)).Build();
        return architecture.Types.Where(type => FolderOf(type, project) is not null);
    }

    /// <summary>The first name below the project's namespace, or null for a type at the root or of another project.</summary>
    private static string? FolderOf(IType type, string project) =>
        type.Namespace?.FullName is { } name && name.StartsWith(project + ".", StringComparison.Ordinal) ? name[(project.Length + 1)..].Split('.')[0] : null;
}
