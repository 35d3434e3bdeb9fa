using CheckoutAspire.StripeSandbox.Api;
using CheckoutAspire.StripeSandbox.Objects;
using CheckoutAspire.StripeSandbox.Storage;
using Stripe;
using Stripe.Checkout;

namespace CheckoutAspire.StripeSandbox.Billing;

/// <summary>Creates the subscription and the first invoice of a session in subscription mode.</summary>
internal static class SubscriptionFlow
{
    /// <summary>Creates the subscription and its open invoice, which the intent will pay.</summary>
    public static void Start(Transaction transaction, Session session, PaymentMethod? method, PaymentIntent? intent)
    {
        if (session.Mode != "subscription")
        {
            return;
        }

        var terms = transaction.Get<CheckoutTerms>(session.Id);
        var recurring = terms.LineItems.Where(line => line.Price.Recurring is not null).ToList();
        var end = EndOfPeriod(transaction.Now, recurring[0].Price.Recurring);
        var subscription = NewSubscription(transaction, session, terms, method);
        subscription.Items = new StripeList<SubscriptionItem>
        {
            Object = "list",
            Data = [.. recurring.Select(line => NewItem(transaction, subscription.Id, line, end))],
            Url = $"/v1/subscription_items?subscription={subscription.Id}",
        };
        var invoice = SubscriptionInvoice.New(transaction, session, subscription, terms.LineItems, end);
        subscription.LatestInvoiceId = invoice.Id;
        session.SubscriptionId = subscription.Id;
        session.InvoiceId = invoice.Id;
        transaction.Save(session);
        transaction.Emit("customer.subscription.created", transaction.Save(subscription));
        transaction.Emit("invoice.created", transaction.Save(invoice));
        transaction.Emit("invoice.finalized", invoice);
        if (intent is not null)
        {
            InvoicePayments.Open(transaction, invoice, intent);
        }
    }

    /// <summary>Marks the first invoice as paid.</summary>
    public static void Paid(Transaction transaction, Session session)
    {
        if (session.Mode != "subscription")
        {
            return;
        }

        Invoices.Pay(transaction, transaction.Get<Invoice>(session.InvoiceId));
    }

    private static Subscription NewSubscription(
        Transaction transaction, Session session, CheckoutTerms terms, PaymentMethod? method) => new()
        {
            Id = Identifiers.New("sub_1"),
            Object = "subscription",
            AutomaticTax = new SubscriptionAutomaticTax { Enabled = false },
            BillingCycleAnchor = transaction.Now,
            BillingMode = new SubscriptionBillingMode { Type = "flexible" },
            BillingSchedules = [],
            CancellationDetails = new SubscriptionCancellationDetails(),
            CollectionMethod = "charge_automatically",
            Created = transaction.Now,
            Currency = session.Currency,
            CustomerId = session.CustomerId,
            DefaultPaymentMethodId = method?.Id,
            DefaultTaxRates = [],
            Description = terms.Subscription.Description,
            Discounts = [],
            InvoiceSettings = new SubscriptionInvoiceSettings { Issuer = new SubscriptionInvoiceSettingsIssuer { Type = "self" } },
            ManagedPayments = new SubscriptionManagedPayments { Enabled = false },
            Metadata = ParameterRules.Merge(null, terms.Subscription.Metadata),
            PaymentSettings = new SubscriptionPaymentSettings { SaveDefaultPaymentMethod = "off" },
            StartDate = transaction.Now,
            Status = "active",
            TrialSettings = new SubscriptionTrialSettings
            {
                EndBehavior = new SubscriptionTrialSettingsEndBehavior { MissingPaymentMethod = "create_invoice" },
            },
        };

    private static SubscriptionItem NewItem(Transaction transaction, string subscriptionId, LineItem line, DateTime end) => new()
    {
        Id = Identifiers.New("si_", 14),
        Object = "subscription_item",
        Created = transaction.Now,
        CurrentPeriodEnd = end,
        CurrentPeriodStart = transaction.Now,
        Discounts = [],
        Metadata = [],
        Plan = new Plan
        {
            Id = line.Price.Id,
            Object = "plan",
            Active = line.Price.Active,
            Amount = line.Price.UnitAmount,
            AmountDecimal = line.Price.UnitAmountDecimal,
            BillingScheme = "per_unit",
            Created = line.Price.Created,
            Currency = line.Price.Currency,
            Interval = line.Price.Recurring.Interval,
            IntervalCount = line.Price.Recurring.IntervalCount,
            Metadata = [],
            ProductId = line.Price.ProductId,
            UsageType = "licensed",
        },
        Price = line.Price,
        Quantity = line.Quantity!.Value,
        Subscription = subscriptionId,
        TaxRates = [],
    };

    public static DateTime EndOfPeriod(DateTime start, PriceRecurring recurring) => recurring.Interval switch
    {
        "day" => start.AddDays(recurring.IntervalCount),
        "week" => start.AddDays(7 * recurring.IntervalCount),
        "month" => start.AddMonths((int)recurring.IntervalCount),
        _ => start.AddYears((int)recurring.IntervalCount),
    };
}
