// Each test runs processes of its own: more at once only make each other late.
[assembly: Xunit.v3.Parallelization(MaxThreads = 4)]
