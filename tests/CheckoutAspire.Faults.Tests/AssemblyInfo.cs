// Each test starts several processes. More tests in parallel would only slow each other down.
[assembly: Xunit.v3.Parallelization(MaxThreads = 4)]
