namespace CheckoutAspire.StripeSandbox.Faults;

/// <summary>Thrown where a fault of kind <see cref="FaultKind.ServerError"/> applies: the API answers 500, and no error is logged.</summary>
internal sealed class SimulatedFaultException : Exception;
