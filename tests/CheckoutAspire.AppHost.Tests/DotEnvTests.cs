namespace CheckoutAspire.AppHost.Tests;

public sealed class DotEnvTests
{
    [Theory]
    [InlineData("A=1", "A", "1")]
    [InlineData("  A = 1  ", "A", "1")]
    [InlineData("export A=1", "A", "1")]
    [InlineData("A=", "A", "")]
    [InlineData("A=b=c", "A", "b=c")]
    [InlineData("A=1 # one", "A", "1")]
    [InlineData("A=1#2", "A", "1#2")]
    [InlineData("A=\"1 # one\" # one", "A", "1 # one")]
    [InlineData("A=' 1 '", "A", " 1 ")]
    [InlineData("Orders__Partitions=4", "Orders__Partitions", "4")]
    public void A_line_is_a_name_and_a_value(string line, string name, string value) =>
        Assert.Equal(value, Assert.Single(DotEnv.Parse([line]), pair => pair.Key == name).Value);

    [Fact]
    public void Comments_and_empty_lines_are_nothing() => Assert.Empty(DotEnv.Parse(["", "   ", "# A=1"]));

    [Theory]
    [InlineData("sk_test_secret")]
    [InlineData("=sk_test_secret")]
    [InlineData("1A=sk_test_secret")]
    [InlineData("A B=sk_test_secret")]
    [InlineData("A='sk_test_secret")]
    [InlineData("A='sk_test_secret' more")]
    public void Any_other_line_is_refused_by_its_number_without_its_text(string line)
    {
        var failure = Assert.Throws<ConfigurationException>(() => DotEnv.Parse(["A=1", line]));

        Assert.Equal("Line 2 of .env is not NAME=value.", failure.Message);
    }

    [Fact]
    public void The_environment_wins_over_the_file()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, ".env");
        File.WriteAllLines(file, ["CHECKOUT_DOTENV_TEST_A=file", "CHECKOUT_DOTENV_TEST_B=file"]);
        Environment.SetEnvironmentVariable("CHECKOUT_DOTENV_TEST_A", "environment");

        DotEnv.Load(file);
        DotEnv.Load(Path.Combine(directory.Path, "none.env"));

        Assert.Equal("environment", Environment.GetEnvironmentVariable("CHECKOUT_DOTENV_TEST_A"));
        Assert.Equal("file", Environment.GetEnvironmentVariable("CHECKOUT_DOTENV_TEST_B"));
    }
}
