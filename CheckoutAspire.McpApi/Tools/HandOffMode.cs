using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>How the buyer gets the payment page.</summary>
internal static class HandOffMode
{
    /// <summary>The agent shows the link.</summary>
    public const string Link = "link";

    /// <summary>The client asks the buyer to open the page, by URL-mode elicitation.</summary>
    public const string Elicitation = "elicitation";
}

/// <summary>The outcome of a requested elicitation.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HandOffOutcome>))]
internal enum HandOffOutcome
{
    /// <summary>The client does not support elicitation, so the agent shows the link.</summary>
    [JsonStringEnumMemberName("link")]
    Link,

    /// <summary>The buyer agreed to open the page, which is not a payment.</summary>
    [JsonStringEnumMemberName("accepted")]
    Accepted,

    /// <summary>The buyer refused.</summary>
    [JsonStringEnumMemberName("declined")]
    Declined,

    /// <summary>The buyer closed the dialog without a decision.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,

    /// <summary>The buyer did not answer in time.</summary>
    [JsonStringEnumMemberName("unanswered")]
    Unanswered,
}
