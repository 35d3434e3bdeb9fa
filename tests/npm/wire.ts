// Stripe's objects as JSON carries them, by the types of Stripe's own npm package.
import type Stripe from "stripe";

export type { Stripe };

/** As the package writes it, without exporting it. */
type OtherString = string & Record<never, never>;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/**
 * Decimals are strings on the wire. An enumeration that the package leaves open for values of later versions is closed here:
 * a value it does not name is a mistake of ours.
 */
export type Wire<T> = T extends Stripe.Decimal ? string
  : Same<T, OtherString> extends true ? never
  : T extends string | number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Wire<U>[]
  : { [K in keyof T]: Wire<T[K]> };

/** A page of a list; without the conveniences that the package adds to it. */
export interface List<T> {
  object: "list";
  data: Wire<T>[];
  has_more: boolean;
  url: string;
}
