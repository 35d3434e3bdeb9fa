using System.Net.Http.Json;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.AppHost;

/// <summary>Commands of the resources, in the dashboard and as <c>aspire resource worker approve-order cs_… "…"</c>. A manifest has none.</summary>
internal static class CommandsExtensions
{
    /// <summary>Sells one mug by the real tool, as an agent does; never for real money.</summary>
    public static IResourceBuilder<ProjectResource> WithSellCommand(this IResourceBuilder<ProjectResource> mcpApi, StripeMode mode) => mode is StripeMode.Live ? mcpApi : mcpApi.WithCommand(
        "sell-test-product", "Sell a test product", async context =>
        {
            await using var client = await McpClient.CreateAsync(
                new HttpClientTransport(new() { Endpoint = new Uri($"{mcpApi.GetEndpoint("http").Url}/mcp") }), cancellationToken: context.CancellationToken);
            var result = await client.CallToolAsync(
                "initiate_checkout",
                new Dictionary<string, object?> { ["product_name"] = "Red mug", ["price_cents"] = 4999, ["idempotency_key"] = $"{Guid.NewGuid()}" },
                cancellationToken: context.CancellationToken);
            return result.IsError is true
                ? CommandResults.Failure(string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text)))
                : CommandResults.Success("Open this link and pay.", result.StructuredContent!.Value.GetProperty("checkout_url").GetString()!, CommandResultFormat.Text, true);
        },
        new() { Description = "Calls initiate_checkout and returns the payment link.", IconName = "Cart", IsHighlighted = true });

    /// <summary>Plays the buyer, and faults of Stripe's event delivery.</summary>
    public static IResourceBuilder<ProjectResource> WithSandboxCommands(this IResourceBuilder<ProjectResource> sandbox) => sandbox
        .WithRequest(HttpMethod.Post, "/sandbox/sessions/newest/pay", "pay-newest", "Pay the newest session", "Pays it with a good card.", "Payment")
        .WithRequest(HttpMethod.Post, "/sandbox/sessions/newest/decline", "decline-newest", "Decline the newest session", "Tries a card that is declined.", "Warning")
        .WithRequest(HttpMethod.Post, "/sandbox/sessions/newest/expire", "expire-newest", "Expire the newest session", "Ends it unpaid.", "Timer")
        .WithRequest(HttpMethod.Post, "/sandbox/faults", "lose-next-event", "Lose the next event", "The next event is never sent.", "MailOff", new { kind = "event_lost" })
        .WithRequest(HttpMethod.Post, "/sandbox/faults", "repeat-next-event", "Repeat the next event", "The next event is sent twice.", "MailMultiple", new { kind = "event_duplicated" });

    /// <summary>The operators' API. Every decision needs a reason, which the journal keeps.</summary>
    public static IResourceBuilder<ProjectResource> WithOperatorCommands(this IResourceBuilder<ProjectResource> worker, ParameterResource token)
    {
        InteractionInput session = Input("session_id", "Checkout Session", "cs_…"), reason = Input("reason", "Who decides, and why", "It is journaled.");
        InteractionInput partition = Input("partition", "Partition", "0"), letter = Input("dead_letter_id", "Dead letter", "1763884800123-0");
        return worker
            .WithRequest(HttpMethod.Get, "/ops/owed", "owed", "Orders owed", "Paid and not fulfilled yet, oldest first.", "Clock", token: token)
            .WithRequest(HttpMethod.Get, "/ops/needs_review", "needs-review", "Orders to review", "Orders that wait for a person's decision.", "PersonQuestionMark", token: token)
            .WithRequest(HttpMethod.Get, "/ops/dead", "dead", "Dead letters", "Events that could not be processed.", "MailDismiss", token: token)
            .WithRequest(HttpMethod.Post, "/ops/orders/{session_id}/approve", "approve-order", "Approve an order…", "Fulfills an order that needs review.", "CheckmarkCircle", token: token, arguments: [session, reason])
            .WithRequest(HttpMethod.Post, "/ops/orders/{session_id}/reject", "reject-order", "Reject an order…", "Ends an order that needs review.", "DismissCircle", token: token, arguments: [session, reason])
            .WithRequest(HttpMethod.Post, "/ops/dead/{partition}/{dead_letter_id}/redrive", "redrive-dead-letter", "Redrive a dead letter…", "Processes an event once more.", "ArrowClockwise", token: token, arguments: [partition, letter, reason]);
    }

    /// <summary>Adds a request as a command. Its arguments fill the path's placeholders; the others are the body, unless there is a fixed one.</summary>
    private static IResourceBuilder<ProjectResource> WithRequest(
        this IResourceBuilder<ProjectResource> resource, HttpMethod method, string path, string name, string displayName, string description, string icon,
        object? body = null, ParameterResource? token = null, params InteractionInput[] arguments) =>
        resource.ApplicationBuilder.ExecutionContext.IsPublishMode ? resource : resource.WithHttpCommand("/", displayName, commandName: name, commandOptions: new()
        {
            Method = method,
            Description = description,
            IconName = icon,
            Arguments = arguments,
            ResultMode = HttpCommandResultMode.Json,
            PrepareRequest = async context =>
            {
                var filled = arguments.Aggregate(path, (text, argument) =>
                    text.Replace($"{{{argument.Name}}}", Uri.EscapeDataString(context.Arguments.GetString(argument.Name) ?? ""), StringComparison.Ordinal));
                context.Request.RequestUri = new Uri(new Uri(context.Endpoint.Url), filled);
                context.Request.Content = method == HttpMethod.Get ? null
                    : JsonContent.Create(body ?? arguments.ToDictionary(argument => argument.Name, argument => context.Arguments.GetString(argument.Name)));
                context.Request.Headers.Authorization = token is null ? null : new("Bearer", await token.GetValueAsync(context.CancellationToken));
            },
        });

    private static InteractionInput Input(string name, string label, string placeholder) =>
        new() { Name = name, Label = label, Placeholder = placeholder, InputType = InputType.Text, Required = true };
}
