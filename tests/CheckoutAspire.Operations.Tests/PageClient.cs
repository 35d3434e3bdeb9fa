using System.Text.RegularExpressions;

namespace CheckoutAspire.Operations.Tests;

/// <summary>A browser without scripts: it keeps cookies, follows no redirect, and sends forms with the token that the page has.</summary>
internal sealed partial class PageClient : IDisposable
{
    private readonly HttpClient _http;

    public PageClient(Uri address) => _http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, CheckCertificateRevocationList = true }) { BaseAddress = address };

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, TestContext.Current.CancellationToken);

    public Task<string> GetTextAsync(string path) => _http.GetStringAsync(path, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> SignInAsync(string token, string to) => PostAsync("/sign-in", "/sign-in", ("token", token), ("to", to));

    /// <summary>The antiforgery token of a page's form.</summary>
    public async Task<string> GetFormAsync(string path) =>
        FormToken().Match(await (await GetAsync(path)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Groups[1].Value;

    public async Task<HttpResponseMessage> PostAsync(string path, string form, params (string Name, string Value)[] fields) =>
        await PostWithoutTokenAsync(path, [("__RequestVerificationToken", await GetFormAsync(form)), .. fields]);

    public async Task<HttpResponseMessage> PostWithoutTokenAsync(string path, params (string Name, string Value)[] fields)
    {
        using var content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return await _http.PostAsync(path, content, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
