using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace CheckoutAspire.AppHost.Hosting;

/// <summary>The operators' API as commands of the worker: in the dashboard, and as <c>aspire resource worker approve-order cs_… "…"</c>.</summary>
internal static class OperatorCommandsExtensions
{
    private const string Session = "session_id";
    private const string Partition = "partition";
    private const string DeadLetter = "dead_letter_id";
    private const string Reason = "reason";

    /// <summary>Adds a command for each list and each decision; a manifest has none.</summary>
    public static IResourceBuilder<ProjectResource> WithOperatorCommands(this IResourceBuilder<ProjectResource> worker) =>
        worker.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? worker
            : worker
                .WithList("owed", "Orders owed", "Paid and not fulfilled yet, the oldest first.", "Clock")
                .WithList("needs_review", "Orders to review", "Orders that only a person can decide about, and why.", "PersonQuestionMark")
                .WithList("dead", "Dead letters", "Events that could not be processed, with the reason and the attempts.", "MailDismiss")
                .WithDecision(
                    "approve-order", "Approve an order…", "Fulfills an order that needs review.", "CheckmarkCircle",
                    [Input(Session, "Checkout Session", "cs_…")],
                    arguments => $"/ops/orders/{Escape(arguments, Session)}/approve")
                .WithDecision(
                    "reject-order", "Reject an order…", "Ends an order that needs review: it is not fulfilled.", "DismissCircle",
                    [Input(Session, "Checkout Session", "cs_…")],
                    arguments => $"/ops/orders/{Escape(arguments, Session)}/reject")
                .WithDecision(
                    "redrive-dead-letter", "Redrive a dead letter…", "Processes an event once more.", "ArrowClockwise",
                    [Input(Partition, "Partition", "0", InputType.Number), Input(DeadLetter, "Dead letter", "1763884800123-0")],
                    arguments => $"/ops/dead/{Escape(arguments, Partition)}/{Escape(arguments, DeadLetter)}/redrive");

    private static IResourceBuilder<ProjectResource> WithList(
        this IResourceBuilder<ProjectResource> worker, string list, string displayName, string description, string icon) =>
        worker.WithHttpCommand("/ops/" + list, displayName, commandName: list.Replace('_', '-'), commandOptions: new HttpCommandOptions
        {
            Method = HttpMethod.Get,
            Description = description,
            IconName = icon,
            ResultMode = HttpCommandResultMode.Json,
            PrepareRequest = context => worker.AuthorizeAsync(context),
        });

    private static IResourceBuilder<ProjectResource> WithDecision(
        this IResourceBuilder<ProjectResource> worker,
        string name,
        string displayName,
        string description,
        string icon,
        IReadOnlyList<InteractionInput> arguments,
        Func<InteractionInputCollection, string> path) =>
        worker.WithHttpCommand("/ops", displayName, commandName: name, commandOptions: new HttpCommandOptions
        {
            Method = HttpMethod.Post,
            Description = description,
            IconName = icon,
            Arguments = [.. arguments, Input(Reason, "Who decides, and why", "It goes into the journal.")],
            ResultMode = HttpCommandResultMode.Json,
            PrepareRequest = async context =>
            {
                await worker.AuthorizeAsync(context);
                context.Request.RequestUri = new Uri(new Uri(context.Endpoint.Url), path(context.Arguments));
                context.Request.Content = JsonContent.Create(new { reason = context.Arguments.GetString(Reason) });
            },
        });

    private static async Task AuthorizeAsync(this IResourceBuilder<ProjectResource> worker, HttpCommandRequestContext context)
    {
        var token = await worker.ApplicationBuilder.Variable(Variables.OpsToken).Resource.GetValueAsync(context.CancellationToken);
        context.Request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    private static InteractionInput Input(string name, string label, string placeholder, InputType type = InputType.Text) => new()
    {
        Name = name,
        Label = label,
        Placeholder = placeholder,
        InputType = type,
        Required = true,
    };

    private static string Escape(InteractionInputCollection arguments, string name) => Uri.EscapeDataString(arguments.GetString(name) ?? "");
}
