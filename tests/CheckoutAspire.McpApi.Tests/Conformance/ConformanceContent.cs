using System.Text;
using ModelContextProtocol.Protocol;

namespace CheckoutAspire.McpApi.Tests.Conformance;

/// <summary>The content of the conformance fixtures.</summary>
internal static class ConformanceContent
{
    // A red PNG of one pixel and a WAV without a sample; the content blocks take Base64 as UTF-8 bytes.
    private static readonly byte[] s_png = Encoding.UTF8.GetBytes(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==");

    private static readonly byte[] s_wav = Encoding.UTF8.GetBytes("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=");

    public static ImageContentBlock Image() => new() { Data = s_png, MimeType = "image/png" };

    public static AudioContentBlock Audio() => new() { Data = s_wav, MimeType = "audio/wav" };

    public static BlobResourceContents Binary(string uri) => new() { Uri = uri, Blob = s_png, MimeType = "image/png" };

    public static EmbeddedResourceBlock Resource(string uri) => new()
    {
        Resource = new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = "Embedded resource content for testing." },
    };

    public static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };
}
