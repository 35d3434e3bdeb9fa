namespace CheckoutAspire.ServiceDefaults.Tests;

public sealed class RedisRefusalTests
{
    [Theory]
    [InlineData(
        "NOPERM User worker has no permissions to run the 'hget' command",
        "Redis denies the user worker the command HGET: allow it in the ACL of that user.")]
    [InlineData(
        "NOPERM this user has no permissions to run the 'hget' command",
        "Redis denies the user operator the command HGET: allow it in the ACL of that user.")]
    [InlineData(
        "NOPERM User default has no permissions to run the 'config|get' command",
        "Redis denies the user default the command CONFIG GET: allow it in the ACL of that user.")]
    [InlineData(
        "NOPERM ACL failure in script: User worker has no permissions to run the 'hset' command script: 0a1b, on @user_script:12.",
        "Redis denies the user worker the command HSET: allow it in the ACL of that user.")]
    [InlineData(
        "NOPERM No permissions to access a key",
        "Redis denies a permission: No permissions to access a key. Allow it in the ACL of this service's user.")]
    [InlineData(
        "WRONGPASS invalid username-password pair or user is disabled.",
        "Redis refuses the login: correct the user and the password in ConnectionStrings__redis.")]
    [InlineData(
        "SimpleError: NOAUTH Authentication required. Verify if the Redis password provided is correct. Attempted command: ECHO",
        "Redis refuses the login: correct the user and the password in ConnectionStrings__redis.")]
    public void A_refusal_is_one_sentence_that_names_the_user_and_the_command(string error, string sentence)
    {
        Assert.Equal(sentence, RedisRefusal.Read(error, "operator"));
        Assert.Equal(sentence, RedisRefusal.Find(new InvalidOperationException("No connection.", new InvalidOperationException(error)), "operator"));
    }

    [Theory]
    [InlineData("ERR unknown command")]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.")]
    public void Another_error_is_described_by_its_type(string error)
    {
        Assert.Null(RedisRefusal.Read(error, "operator"));
        Assert.Equal("InvalidOperationException", RedisRefusal.Describe(new InvalidOperationException(error)));
    }
}
