"use strict";
const form = document.querySelector("form.PaymentForm-form");
if (form) {
  const $ = id => document.getElementById(id);
  const texts = JSON.parse(form.dataset.texts);
  const t = english => texts[english] ?? english;
  const digits = text => text.replace(/\D/g, "");
  const overlay = $("threeDSecure");
  const button = form.querySelector("button[type=submit]");

  const brands = [
    ["American Express", /^3[47]/], ["Visa", /^4/], ["Mastercard", /^(5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720))/],
    ["Discover", /^6(011|4|5)/], ["Diners Club", /^3(0|6|8|9)/], ["JCB", /^35/], ["UnionPay", /^62/],
  ];
  const brandOf = number => (brands.find(([, pattern]) => pattern.test(number)) ?? [""])[0];
  const isAmex = number => brandOf(number) === "American Express";
  const lengthOf = number => isAmex(number) ? 15 : brandOf(number) === "Diners Club" ? 14 : 16;
  const luhn = number => [...number].reverse().reduce((sum, digit, index) => {
    const value = index % 2 ? digit * 2 : +digit;
    return sum + (value > 9 ? value - 9 : value);
  }, 0) % 10 === 0;
  const ibanHolds = iban => {
    let remainder = 0;
    for (const character of iban.slice(4) + iban.slice(0, 4)) {
      remainder = Number(`${remainder}${parseInt(character, 36)}`) % 97;
    }
    return remainder === 1;
  };

  const required = sentence => value => value.trim() ? "" : sentence;
  const anything = () => "";
  const withState = ["AU", "CA", "US"], withoutPostalCode = ["AE", "HK"];
  const postalCode = prefix => value => {
    const country = $(`${prefix}Country`).value;
    const isAsked = $(`${prefix}AddressLine1`) ? !withoutPostalCode.includes(country) : ["US", "CA", "GB"].includes(country);
    return isAsked && !value.trim() ? "Enter your ZIP or postal code." : "";
  };
  const address = prefix => ({
    [`${prefix}Country`]: anything,
    [`${prefix}AddressLine1`]: required("Enter the street and number."),
    [`${prefix}AddressLine2`]: anything,
    [`${prefix}PostalCode`]: postalCode(prefix),
    [`${prefix}Locality`]: required("Enter the city."),
    [`${prefix}AdministrativeArea`]: required("Enter the state or province."),
  });

  // Each returns the error to show, or nothing. The server checks the same again.
  const checks = {
    email: value => !value ? "Enter your email address." : !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? "Your email is invalid." : "",
    phoneNumber: value => /^\+\d[\d ()./-]{5,24}$/.test(value.trim()) ? "" : "Your phone number is invalid. Begin with + and the country code.",
    shippingName: required("Enter the name of the recipient."),
    ...address("shipping"),
    cardNumber: value => {
      const number = digits(value);
      return number.length < lengthOf(number) ? "Your card number is incomplete." : luhn(number) ? "" : "Your card number is invalid.";
    },
    cardExpiry: value => {
      const date = digits(value);
      if (date.length < 4) return "Your card's expiration date is incomplete.";
      const month = +date.slice(0, 2), year = 2000 + +date.slice(2), now = new Date();
      if (month < 1 || month > 12) return "Your card's expiration month is invalid.";
      if (year < now.getFullYear() || year > now.getFullYear() + 50) return "Your card's expiration year is invalid.";
      return year === now.getFullYear() && month < now.getMonth() + 1 ? "Your card's expiration date is in the past." : "";
    },
    cardCvc: value => digits(value).length < (isAmex(digits($("cardNumber").value)) ? 4 : 3) ? "Your card's security code is incomplete." : "",
    iban: value => {
      const iban = value.replace(/\s/g, "").toUpperCase();
      return iban.length < 15 ? "Your IBAN is incomplete." : /^[A-Z0-9]+$/.test(iban) && ibanHolds(iban) ? "" : "Your IBAN is invalid.";
    },
    routingNumber: value => {
      const route = digits(value);
      if (route.length < 9) return "Your routing number is incomplete.";
      return [...route].reduce((sum, digit, index) => sum + digit * [3, 7, 1][index % 3], 0) % 10 ? "Your routing number is invalid." : "";
    },
    accountNumber: value => digits(value).length < 4 ? "Your account number is incomplete." : "",
    billingName: value => value.trim() ? "" : "Enter the name of the account holder.",
    cardUseShippingAsBilling: anything,
    ...address("billing"),
    businessName: value => $("taxId").value.trim() && !value.trim() ? "Enter the name of your business." : "",
    taxId: anything,
    termsOfServiceConsentCheckbox: isChecked => isChecked ? "" : "Accept the terms of service to continue.",
    promotionsConsentCheckbox: anything,
  };
  for (const field of form.querySelectorAll("[data-custom-field]")) {
    checks[field.id] = value => {
      const answer = value.trim();
      if (!answer) return field.required ? "This field is required." : "";
      if (answer.length < Number(field.dataset.minimum ?? 0)) return "This answer is too short.";
      return field.inputMode === "numeric" && /\D/.test(answer) ? "Enter digits only." : "";
    };
  }
  const valueOf = field => field.type === "checkbox" ? field.checked : field.value;

  const method = () => form.querySelector("input[name=method]:checked")?.value ?? form.dataset.methods.split(" ")[0];
  const isAsked = id => {
    const field = $(id);
    return field !== null && field.closest("[hidden]") === null;
  };

  const show = (id, sentence) => {
    const field = $(id);
    const place = $(`${id}-error`) ?? $("form-error");
    place.textContent = t(sentence);
    if (field) field.setAttribute("aria-invalid", sentence ? "true" : "false");
  };

  const grouped = (text, sizes) => {
    const parts = [];
    let rest = text;
    for (let index = 0; rest; index++) {
      const size = sizes[Math.min(index, sizes.length - 1)];
      parts.push(rest.slice(0, size));
      rest = rest.slice(size);
    }
    return parts.join(" ");
  };

  const reformat = (field, format) => {
    const atEnd = field.selectionEnd === field.value.length;
    const value = format(field.value);
    if (value !== field.value) {
      const caret = field.selectionEnd;
      field.value = value;
      if (!atEnd) field.setSelectionRange(caret, caret);
    }
  };

  const whileTyping = {
    cardNumber: field => {
      reformat(field, value => {
        const number = digits(value).slice(0, 19);
        return grouped(number, isAmex(number) ? [4, 6, 5] : [4]);
      });
      const number = digits(field.value);
      $("cardBrand").textContent = brandOf(number);
      $("cardCvc").maxLength = isAmex(number) ? 4 : 3;
      return number.length >= lengthOf(number);
    },
    cardExpiry: field => {
      reformat(field, value => {
        let date = digits(value).slice(0, 4);
        if (/^[2-9]$/.test(date)) date = `0${date}`;
        return date.length > 2 ? `${date.slice(0, 2)} / ${date.slice(2)}` : date;
      });
      return digits(field.value).length === 4;
    },
    cardCvc: field => {
      reformat(field, digits);
      return false;
    },
    routingNumber: field => {
      reformat(field, digits);
      return field.value.length === 9;
    },
    accountNumber: field => {
      reformat(field, digits);
      return false;
    },
    iban: field => {
      reformat(field, value => grouped(value.replace(/\s/g, "").toUpperCase().slice(0, 34), [4]));
      return false;
    },
  };

  for (const id of Object.keys(checks)) {
    const field = $(id);
    if (!field) continue;
    field.addEventListener("input", () => {
      const isFull = whileTyping[id]?.(field) ?? false;
      // A complete field is checked at once; an error is cleared as soon as the field is valid.
      const sentence = checks[id](valueOf(field));
      if (isFull || !sentence) show(id, sentence);
      $("form-error").textContent = "";
    });
    field.addEventListener("blur", () => { if (field.value) show(id, checks[id](valueOf(field))); });
  }

  const switchMethod = () => {
    const chosen = method();
    form.querySelectorAll("[data-method]").forEach(section => { section.hidden = section.dataset.method !== chosen; });
    const label = form.querySelector("label[for=billingName]");
    if (label) label.textContent = chosen === "card" ? label.dataset.cardLabel : label.dataset.debitLabel;
    $("form-error").textContent = "";
  };
  form.querySelectorAll("input[name=method]").forEach(choice => choice.addEventListener("change", switchMethod));

  const busy = (isBusy, sentence) => {
    button.disabled = isBusy;
    button.classList.toggle("processing", isBusy);
    $("progress").textContent = isBusy ? t(sentence) : "";
  };

  const follow = outcome => {
    if (outcome.result === "redirect") {
      button.classList.remove("processing");
      button.classList.add("done");
      location.assign(outcome.url);
    } else if (outcome.result === "challenge") {
      const frame = document.createElement("iframe");
      frame.id = "threeDSecureFrame";
      frame.title = t("3D Secure authentication");
      frame.src = `${form.dataset.url}/challenge`;
      overlay.replaceChildren(frame);
      overlay.hidden = false;
      frame.focus();
    } else if (outcome.result === "closed") {
      location.reload();
    } else if (outcome.field === "total") {
      busy(false);
      renew().then(() => show("form", outcome.message));
    } else {
      busy(false);
      const field = outcome.field && isAsked(outcome.field) ? outcome.field : null;
      show(field ?? "form", outcome.message);
      (field ? $(field) : button).focus();
    }
  };

  window.addEventListener("message", event => {
    if (event.origin === location.origin && event.data?.type === "sandbox-3ds") {
      overlay.hidden = true;
      overlay.replaceChildren();
      follow(event.data.result);
    }
  });

  form.addEventListener("submit", async event => {
    event.preventDefault();
    if (button.disabled) return;
    $("form-error").textContent = "";
    const wrong = [];
    const body = { method: form.dataset.methods ? method() : "none", customFields: {} };
    for (const id of Object.keys(checks)) {
      if (!isAsked(id)) continue;
      const field = $(id);
      const sentence = checks[id](valueOf(field));
      show(id, sentence);
      if (sentence) wrong.push(field);
      if (field.dataset.customField) body.customFields[field.dataset.customField] = field.value;
      else body[id] = valueOf(field);
    }
    if (wrong.length) {
      // The checks are in no order: the first field is the first on the page.
      wrong.reduce((first, field) => first.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_PRECEDING ? field : first).focus();
      return;
    }
    busy(true, "Processing");
    try {
      await estimated;
      if (form.dataset.total) body.expectedTotal = Number(form.dataset.total);
      if (chosenRate()) body.shippingRate = chosenRate();
      const response = await fetch(form.dataset.url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      follow(await response.json());
    } catch {
      follow({ result: "error", message: "The sandbox did not answer. Try again." });
    }
  });

  // What changes the amounts replaces the summary by the server's, and the buyer's input stays.
  const summary = document.querySelector("section.summary");
  let renewals = 0;
  const renew = async () => {
    const renewal = ++renewals;
    const page = new DOMParser().parseFromString(await (await fetch(form.dataset.url)).text(), "text/html");
    if (renewal !== renewals) return; // A later one has begun, and its answer is newer.
    const renewed = page.querySelector("form.PaymentForm-form");
    if (renewed?.dataset.methods !== form.dataset.methods) {
      location.reload();
      return;
    }
    form.dataset.total = renewed.dataset.total;
    const renewedSummary = page.querySelector("section.summary");
    // The buyer may be entering a code, also while the page estimates the tax. The field stays where it is: an element that moves loses a click.
    const entry = summary.querySelector(":scope > #promotionForm");
    const renewedEntry = entry && renewedSummary.querySelector(":scope > #promotionForm");
    if (renewedEntry) {
      const nodes = [...renewedSummary.childNodes], at = nodes.indexOf(renewedEntry);
      for (const node of [...summary.childNodes]) if (node !== entry) node.remove();
      entry.before(...nodes.slice(0, at));
      entry.after(...nodes.slice(at + 1));
    } else {
      summary.replaceChildren(...renewedSummary.childNodes);
    }
    button.querySelector(".SubmitButton-Text").textContent = page.querySelector(".SubmitButton-Text").textContent;
  };

  // The total depends on the shipping rate and, if there is tax, on the country.
  const chosenRate = () => form.querySelector("input[name=shippingRate]:checked")?.value;
  let estimated = Promise.resolve();
  const estimate = () => {
    estimated = estimated.then(async () => {
      const country = form.dataset.estimates === "tax" ? ($("shippingCountry") ?? $("billingCountry")).value : null;
      try {
        const response = await fetch(`${form.dataset.url}/estimate`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ country, shippingRate: chosenRate() ?? null }),
        });
        const outcome = await response.json();
        if (outcome.result === "error") show("shippingRate", outcome.message);
        else if (outcome.result === "closed") location.reload();
        else await renew();
      } catch {
        show("form", "The sandbox did not answer. Try again.");
      }
    });
  };
  const showState = prefix => {
    const state = $(`${prefix}AdministrativeArea`);
    if (state) state.closest(".field").hidden = !withState.includes($(`${prefix}Country`).value);
  };
  const countryNames = new Intl.DisplayNames([document.documentElement.lang], { type: "region" });
  for (const option of form.querySelectorAll("select[data-countries] option")) option.textContent = countryNames.of(option.value);
  for (const prefix of ["shipping", "billing"]) {
    showState(prefix);
    $(`${prefix}Country`)?.addEventListener("change", () => {
      showState(prefix);
      if (form.dataset.estimates === "tax" && (prefix === "shipping" || !$("shippingCountry"))) estimate();
    });
  }
  form.querySelectorAll("input[name=shippingRate]").forEach(rate => rate.addEventListener("change", estimate));
  $("cardUseShippingAsBilling")?.addEventListener("change", event => { $("billingAddress").hidden = event.target.checked; });
  $("purchasingAsBusiness")?.addEventListener("change", event => { $("business").hidden = !event.target.checked; });
  if (form.dataset.estimates === "tax") estimate();

  const promotion = async (httpMethod, code) => {
    const place = $("promotionCode-error");
    if (place) place.textContent = "";
    try {
      const response = await fetch(`${form.dataset.url}/promotion`, {
        method: httpMethod,
        headers: { "Content-Type": "application/json" },
        body: code === undefined ? undefined : JSON.stringify({ code }),
      });
      const outcome = await response.json();
      if (outcome.result === "error") {
        show("promotionCode", outcome.message);
        $("promotionCode").focus();
        return;
      }
      if (outcome.result === "closed") {
        location.reload();
        return;
      }
      await renew();
      // The element that had the focus is gone. The buyer may have gone on to another field meanwhile.
      if (document.activeElement === document.body) ($("removePromotion") ?? $("promotionCode")).focus();
    } catch {
      show("promotionCode", "The sandbox did not answer. Try again.");
    }
  };
  summary.addEventListener("change", async event => {
    if (event.target.id !== "currency") return;
    try {
      const response = await fetch(`${form.dataset.url}/currency`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ currency: event.target.value }),
      });
      const outcome = await response.json();
      if (outcome.result === "error") show("currency", outcome.message);
      else location.reload();
    } catch {
      show("currency", "The sandbox did not answer. Try again.");
    }
  });
  summary.addEventListener("submit", event => {
    event.preventDefault();
    promotion("POST", $("promotionCode").value);
  });
  summary.addEventListener("click", event => {
    if (event.target.id === "removePromotion") promotion("DELETE");
  });
  // Until here a click would be lost, because nothing listens to it.
  busy(false);
}
