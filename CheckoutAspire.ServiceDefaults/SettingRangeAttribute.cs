using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;

namespace CheckoutAspire.ServiceDefaults;

/// <summary>
/// The values that a setting accepts. .NET's generator of validators replaces <see cref="RangeAttribute"/> by one of its own, which loses the sentence that names the
/// environment variable.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SettingRangeAttribute : RangeAttribute
{
    /// <summary>A range of whole numbers.</summary>
    public SettingRangeAttribute(int minimum, int maximum)
        : base(minimum, maximum)
    {
    }

    /// <summary>A range of another type, for example <see cref="TimeSpan"/>.</summary>
    [RequiresUnreferencedCode("The values are converted from text.")]
    public SettingRangeAttribute([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] Type operandType, string minimum, string maximum)
        : base(operandType, minimum, maximum) => (ParseLimitsInInvariantCulture, ConvertValueInInvariantCulture) = (true, true);
}
