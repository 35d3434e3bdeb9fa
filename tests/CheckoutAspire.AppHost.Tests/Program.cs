using CheckoutAspire.AppHost.Tests;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

// Started by HostProcess: a host of its own that a test signals or kills.
if (args is [HostProcess.Argument, var directory])
{
    return await HostProcess.RunAsync(directory);
}

// What xunit generates otherwise.
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
