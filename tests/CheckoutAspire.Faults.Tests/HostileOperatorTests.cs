using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using CheckoutAspire.Faults.Tests.Hostile;
using CheckoutAspire.Faults.Tests.Infrastructure;
using CheckoutAspire.Orders.Ledger;
using CheckoutAspire.TestKit;

namespace CheckoutAspire.Faults.Tests;

/// <summary>
/// Requests to the operators' service that must not act: from strangers, from viewers, from other sites, too large, or malformed. HOSTILE_REQUESTS=10000 is the
/// long form.
/// </summary>
[Trait("loop", "long")]
public sealed partial class HostileOperatorTests : FaultTest
{
    private const int DefaultCount = 800;
    private const int AtOnce = 16;
    private const long MaxBytes = 400L * 1024 * 1024;
    private const string Reason = """{"reason":"Ann: the buyer was right"}""";

    private static readonly int[] s_refusals = [400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 431];

    [Fact]
    public async Task Of_hostile_requests_none_acts_and_none_is_answered_500()
    {
        await using var provider = await AuthorizationServer.StartAsync();
        var operations = await At.StartAsync(
            Installation.Operations,
            ("OPS_OIDC_AUTHORITY", provider.Issuer),
            ("OPS_OIDC_CLIENT_ID", AuthorizationServer.ClientId),
            ("OPS_OIDC_CLIENT_SECRET", AuthorizationServer.ClientSecret));
        var held = await HoldAsync();
        await At.Ledger.Events.DeadLetterAsync(At.Partition, "garbage", TimeProvider.System.GetUtcNow(), "no JSON");
        var letter = (await At.Database.StreamRangeAsync(At.Partition.Dead))[0].Id.ToString();
        var before = await StateAsync(held);
        var callers = new Callers(provider, await SignInAsync(operations.Address, provider, "viewer", held), await SignInAsync(operations.Address, provider, "operator", held));
        var requests = new Requests(callers, held, letter, seed: 17);
        var statuses = new ConcurrentDictionary<(string Kind, int Status), int>();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, HostileRequest.ReadCount() ?? DefaultCount).Select(_ => requests.Next()).ToArray(),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = Cancellation },
            async (request, token) =>
            {
                var status = await request.SendAsync(operations.Address, token);
                statuses.AddOrUpdate((request.Kind, status), 1, (_, known) => known + 1);
            });

        var report = string.Join('\n', statuses.OrderBy(status => status.Key).Select(status => $"{status.Key.Kind}: {status.Value} x {status.Key.Status}"));
        TestContext.Current.TestOutputHelper!.WriteLine($"{report}\n{operations.ResidentBytes / 1024 / 1024} MB");

        // A connection that is closed while a large body is still being sent has no status. Pages lead to the sign-in, and viewers to /forbidden.
        Assert.All(statuses.Keys, key => Assert.True(key.Status is 0 or 302 || s_refusals.Contains(key.Status), report));
        Assert.Equal(before, await StateAsync(held));
        Assert.InRange(operations.ResidentBytes, 1, MaxBytes);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", Installation.OpsToken);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(operations.Address, "/ops/needs_review"), Cancellation)).StatusCode);
    }

    private async Task<string> HoldAsync()
    {
        var id = await At.SellAsync();
        await At.Ledger.Transitions.ApplyAsync(LedgerKit.Fact(id) with { AmountSubtotal = 1 }, LedgerKit.NoEntry, livemode: false, TimeSpan.Zero);
        return id;
    }

    /// <summary>Everything that an action would change.</summary>
    private async Task<(OrderFulfillment Order, int Steps, long Journal, long Dead, long Events)> StateAsync(string id)
    {
        var order = (await At.FindAsync(id))!;
        return (
            order.Fulfillment, order.Timeline.Count, await At.Database.StreamLengthAsync(At.Partition.Journal), await At.Database.StreamLengthAsync(At.Partition.Dead),
            await At.Database.StreamLengthAsync(At.Partition.Events));
    }

    private static async Task<Session> SignInAsync(Uri address, AuthorizationServer provider, string role, string id)
    {
        provider.Visitor = new() { ["sub"] = role, ["name"] = "Mallory", ["roles"] = role };
        var cookies = new CookieContainer();
        using var handler = new HttpClientHandler { CookieContainer = cookies, CheckCertificateRevocationList = true };
        using var browser = new HttpClient(handler) { BaseAddress = address };
        var page = await browser.GetStringAsync($"/sign-in/provider?to=/orders/{id}/reject", Cancellation);
        return new Session(cookies.GetCookieHeader(address), FormToken().Match(page).Groups[1].Value, provider.AccessToken());
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    /// <summary>A signed-in browser, with the antiforgery token of its forms, and an access token of the same person.</summary>
    private sealed record Session(string Cookie, string Form, string AccessToken);

    private sealed record Callers(AuthorizationServer Provider, Session Viewer, Session Operator)
    {
        public string Forged { get; } = Provider.Token(audience: AuthorizationServer.ClientId, claim: ("roles", "operator"), credentials: Provider.Forged);

        public string Confused { get; } = Provider.Token(audience: AuthorizationServer.ClientId, claim: ("roles", "operator"), credentials: Provider.Confused);

        public string IdToken { get; } = Provider.IdToken("nonce");
    }

    private sealed class Requests(Callers callers, string held, string letter, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly HostileText _text = new(new Random(seed + 1));

        private readonly string[] _calls =
        [
            $"/ops/orders/{held}/approve", $"/ops/orders/{held}/reject", $"/ops/orders/{held}/refund", $"/ops/dead/0/{letter}/dismiss", $"/ops/dead/0/{letter}/redrive",
            "/ops/dead/dismiss", "/ops/dead/redrive", "/ops/buyers/forget",
        ];

        private readonly string[] _forms = [$"/orders/{held}/approve", $"/orders/{held}/reject", $"/dead/0/{letter}/dismiss", $"/dead/0/{letter}/redrive"];

        public HostileRequest Next() => _random.Next(12) switch
        {
            0 => Call("stranger", null, Reason),
            1 => Call("wrong token", _text.Any([callers.Forged, callers.Confused, callers.IdToken, Installation.OpsToken[..^1], "", "a.b.c", new string('x', 6_000)]), Reason),
            2 => Call("viewer", callers.Viewer.AccessToken, Reason),
            3 => Form("viewer's form", callers.Viewer, callers.Viewer.Form),
            4 => Form("stranger's form", null, callers.Viewer.Form),
            5 => Form("form without a token", callers.Operator, _text.Any(["", "x", callers.Viewer.Form])),
            6 => Form("cross-site form", callers.Operator, callers.Operator.Form, CrossSite()),
            7 => Call("cross-site call", Installation.OpsToken, Reason, CrossSite()),
            8 => Call("huge", Installation.OpsToken, Reason[..^2] + new string('x', _random.Next(5_000, 400_000)) + "\"}"),
            9 => Form("huge form", callers.Operator, callers.Operator.Form, padding: new string('x', _random.Next(5_000, 400_000))),
            10 => Call("malformed", callers.Operator.AccessToken, Malformed()),
            _ => new HostileRequest("", "callback", Bytes("GET", "/sign-in/callback?state=" + Uri.EscapeDataString(Wellformed(_text.Word())) + "&code=1", "", ""), IsWhole: true),
        };

        private string CrossSite() =>
            _text.Any(["Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\n", "Origin: https://evil.example\r\n", "Origin: null\r\n"]);

        // None of these is a body that an endpoint accepts.
        private string Malformed() => _random.Next(6) switch
        {
            0 => Reason[.._random.Next(Reason.Length)],
            1 => _text.Nested(),
            2 => """{"reason":5}""",
            3 => """{"reason":""}""",
            4 => $"[{Reason}]",
            _ => """{"reason":""" + _text.Any(["\"\\ud8\"", "\"\u0001\"", "{}", "[[[", "1e999"]),
        };

        private static string Wellformed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

        private HostileRequest Call(string kind, string? token, string body, string headers = "") => new(
            "", kind, Bytes("POST", _text.Any(_calls), $"{headers}Content-Type: application/json\r\n{(token is null ? "" : $"Authorization: Bearer {token}\r\n")}", body), IsWhole: true);

        private HostileRequest Form(string kind, Session? session, string form, string headers = "", string padding = "")
        {
            var body = $"__RequestVerificationToken={Uri.EscapeDataString(form)}&who=Ann&why=the+buyer+was+right{padding}&hold=1";
            var cookie = session is null ? "" : $"Cookie: {session.Cookie}\r\n";
            return new("", kind, Bytes("POST", _text.Any(_forms), $"{headers}{cookie}Content-Type: application/x-www-form-urlencoded\r\n", body), IsWhole: true);
        }

        private byte[] Bytes(string method, string path, string headers, string body)
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            var length = string.Create(CultureInfo.InvariantCulture, $"Content-Length: {bytes.Length}\r\n");
            var isChunked = body.Length > 4096 && _random.Next(2) == 0;
            return
            [
                .. Encoding.Latin1.GetBytes($"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}{(isChunked ? "Transfer-Encoding: chunked\r\n" : length)}\r\n"),
                .. isChunked ? Encoding.Latin1.GetBytes($"{bytes.Length:x}\r\n") : [],
                .. bytes,
                .. isChunked ? "\r\n0\r\n\r\n"u8 : [],
            ];
        }
    }
}
