using CheckoutAspire.Faults.Tests;
using CheckoutAspire.Faults.Tests.Chaos;
using CheckoutAspire.Faults.Tests.Infrastructure;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (Environment.GetEnvironmentVariable(CrashingWorker.Variable) is { Length: > 0 } order)
{
    return await CrashingWorker.RunAsync(order);
}

// ./test --faults --sessions 20000 --seed 1
if (args is [LongForm.Argument, ..])
{
    return await LongForm.RunAsync(args);
}

// This is the entry point that xunit generates by default.
return args.Any(arg => arg is "--server" or "--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
