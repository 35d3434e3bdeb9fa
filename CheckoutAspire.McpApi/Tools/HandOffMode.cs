using System.Text.Json.Serialization;

namespace CheckoutAspire.McpApi.Tools;

/// <summary>How the buyer is to get the payment page.</summary>
internal static class HandOffMode
{
    /// <summary>The agent shows the link.</summary>
    public const string Link = "link";

    /// <summary>The client asks the buyer to open it, in URL mode.</summary>
    public const string Elicitation = "elicitation";
}

/// <summary>What became of an elicitation that was asked for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HandOffOutcome>))]
internal enum HandOffOutcome
{
    /// <summary>The client cannot ask: the agent shows the link.</summary>
    [JsonStringEnumMemberName("link")]
    Link,

    /// <summary>The buyer agreed to open the page. Consent, not payment.</summary>
    [JsonStringEnumMemberName("accepted")]
    Accepted,

    /// <summary>The buyer refused.</summary>
    [JsonStringEnumMemberName("declined")]
    Declined,

    /// <summary>The buyer closed the question.</summary>
    [JsonStringEnumMemberName("cancelled")]
    Cancelled,

    /// <summary>The buyer did not answer in time.</summary>
    [JsonStringEnumMemberName("unanswered")]
    Unanswered,
}
