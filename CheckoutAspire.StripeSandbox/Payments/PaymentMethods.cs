using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;

namespace CheckoutAspire.StripeSandbox.Payments;

/// <summary>Creates payment methods and their details on a charge.</summary>
internal static class PaymentMethods
{
    private const string TestBank = "STRIPE TEST BANK";

    public static PaymentMethod Card(Transaction transaction, CardDetails card, Buyer buyer)
    {
        var saved = transaction.Save(New(transaction, "card", buyer, method => method.Card = new PaymentMethodCard
        {
            Brand = card.Brand,
            Checks = new PaymentMethodCardChecks
            {
                AddressPostalCodeCheck = buyer.PostalCode is null ? null : "pass",
                CvcCheck = card.Behavior.Decline == Decline.IncorrectCvc ? "fail" : "pass",
            },
            Country = "US",
            DisplayBrand = card.Brand,
            ExpMonth = card.ExpMonth,
            ExpYear = card.ExpYear,
            Funding = "credit",
            Last4 = card.Last4,
            Networks = new PaymentMethodCardNetworks { Available = [card.Brand] },
            RegulatedStatus = "unregulated",
            ThreeDSecureUsage = new PaymentMethodCardThreeDSecureUsage { Supported = true },
        }));
        if (card.Behavior != TestCard.Pays)
        {
            transaction.Save(new MethodBehavior
            {
                Id = saved.Id,
                DeclineCode = card.Behavior.Decline?.DeclineCode,
                RequiresAuthentication = card.Behavior.RequiresAuthentication,
                Refund = card.Behavior.Refund,
                Dispute = card.Behavior.Dispute,
            });
        }

        return saved;
    }

    public static PaymentMethod BankDebit(Transaction transaction, DebitAccount account, Buyer buyer) => transaction.Save(
        New(transaction, account.Type, buyer, method =>
        {
            switch (account)
            {
                case SepaAccount sepa:
                    method.SepaDebit = new PaymentMethodSepaDebit { BankCode = sepa.BankCode, Country = sepa.Country, Last4 = sepa.Last4 };
                    break;
                case UsBankAccount us:
                    method.UsBankAccount = new PaymentMethodUsBankAccount
                    {
                        AccountHolderType = "individual",
                        AccountType = "checking",
                        BankName = TestBank,
                        Last4 = us.Last4,
                        Networks = new PaymentMethodUsBankAccountNetworks { Preferred = "ach", Supported = ["ach"] },
                        RoutingNumber = us.RoutingNumber,
                    };
                    break;
            }
        }));

    public static ChargePaymentMethodDetails OnCharge(PaymentMethod method, long amount, bool authenticated) => method.Type switch
    {
        "card" => new ChargePaymentMethodDetails
        {
            Type = "card",
            Card = new ChargePaymentMethodDetailsCard
            {
                AmountAuthorized = amount,
                Brand = method.Card.Brand,
                Checks = new ChargePaymentMethodDetailsCardChecks
                {
                    AddressPostalCodeCheck = method.Card.Checks.AddressPostalCodeCheck,
                    CvcCheck = method.Card.Checks.CvcCheck,
                },
                Country = method.Card.Country,
                ExpMonth = method.Card.ExpMonth,
                ExpYear = method.Card.ExpYear,
                Funding = method.Card.Funding,
                Last4 = method.Card.Last4,
                Network = method.Card.Brand,
                NetworkToken = new ChargePaymentMethodDetailsCardNetworkToken { Used = false },
                RegulatedStatus = "unregulated",
                ThreeDSecure = authenticated
                    ? new ChargePaymentMethodDetailsCardThreeDSecure
                    {
                        AuthenticationFlow = "challenge",
                        Result = "authenticated",
                        Version = "2.2.0",
                    }
                    : null,
            },
        },
        "us_bank_account" => new ChargePaymentMethodDetails
        {
            Type = "us_bank_account",
            UsBankAccount = new ChargePaymentMethodDetailsUsBankAccount
            {
                AccountHolderType = method.UsBankAccount.AccountHolderType,
                AccountType = method.UsBankAccount.AccountType,
                BankName = method.UsBankAccount.BankName,
                Last4 = method.UsBankAccount.Last4,
                RoutingNumber = method.UsBankAccount.RoutingNumber,
            },
        },
        _ => new ChargePaymentMethodDetails
        {
            Type = "sepa_debit",
            SepaDebit = new ChargePaymentMethodDetailsSepaDebit
            {
                BankCode = method.SepaDebit.BankCode,
                Country = method.SepaDebit.Country,
                Last4 = method.SepaDebit.Last4,
            },
        },
    };

    private static PaymentMethod New(Transaction transaction, string type, Buyer buyer, Action<PaymentMethod> describe)
    {
        var method = new PaymentMethod
        {
            Id = Identifiers.New("pm_1"),
            Object = "payment_method",
            AllowRedisplay = "limited",
            BillingDetails = new PaymentMethodBillingDetails { Address = AddressOf(buyer), Email = buyer.Email, Name = buyer.Name, Phone = buyer.Phone },
            Created = transaction.Now,
            Metadata = [],
            Type = type,
        };
        describe(method);
        return method;
    }

    public static Address AddressOf(Buyer buyer) => new()
    {
        City = buyer.City,
        Country = buyer.Country,
        Line1 = buyer.Line1,
        Line2 = buyer.Line2,
        PostalCode = buyer.PostalCode,
        State = buyer.State,
    };
}
