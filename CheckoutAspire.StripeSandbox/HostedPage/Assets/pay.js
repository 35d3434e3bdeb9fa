"use strict";
const form = document.querySelector("form.PaymentForm-form");
if (form) {
  const $ = id => document.getElementById(id);
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

  // Each returns the error to show, or nothing. The server checks the same again.
  const checks = {
    email: value => !value ? "Enter your email address." : !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? "Your email is invalid." : "",
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
    billingPostalCode: value => ["US", "CA", "GB"].includes($("billingCountry").value) && !value.trim() ? "Enter your ZIP or postal code." : "",
  };

  const method = () => form.querySelector("input[name=method]:checked")?.value ?? form.dataset.methods.split(" ")[0];
  const isAsked = id => {
    const field = $(id);
    if (!field) return false;
    const section = field.closest("[data-method]");
    return !section || section.dataset.method === method();
  };

  const show = (id, sentence) => {
    const field = $(id);
    const place = $(`${id}-error`) ?? $("form-error");
    place.textContent = sentence;
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
      const sentence = checks[id](field.value);
      if (isFull || !sentence) show(id, sentence);
      $("form-error").textContent = "";
    });
    field.addEventListener("blur", () => { if (field.value) show(id, checks[id](field.value)); });
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
    $("progress").textContent = isBusy ? sentence : "";
  };

  const follow = outcome => {
    if (outcome.result === "redirect") {
      button.classList.remove("processing");
      button.classList.add("done");
      location.assign(outcome.url);
    } else if (outcome.result === "challenge") {
      const frame = document.createElement("iframe");
      frame.id = "threeDSecureFrame";
      frame.title = "3D Secure authentication";
      frame.src = `${form.dataset.url}/challenge`;
      overlay.replaceChildren(frame);
      overlay.hidden = false;
      frame.focus();
    } else if (outcome.result === "closed") {
      location.reload();
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
    let first;
    const body = { method: form.dataset.methods ? method() : "none" };
    for (const id of Object.keys(checks)) {
      if (!isAsked(id)) continue;
      const sentence = checks[id]($(id).value);
      show(id, sentence);
      if (sentence) first ??= $(id);
      body[id] = $(id).value;
    }
    if (first) {
      first.focus();
      return;
    }
    if ($("billingCountry")) body.billingCountry = $("billingCountry").value;
    busy(true, "Processing");
    try {
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

  // A promotion code changes the amounts: the summary is replaced by the server's, and the buyer's input stays.
  const summary = document.querySelector("section.summary");
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
      const page = new DOMParser().parseFromString(await (await fetch(form.dataset.url)).text(), "text/html");
      if (outcome.result === "closed" || page.querySelector("form.PaymentForm-form")?.dataset.methods !== form.dataset.methods) {
        location.reload();
        return;
      }
      summary.replaceChildren(...page.querySelector("section.summary").childNodes);
      button.querySelector(".SubmitButton-Text").textContent = page.querySelector(".SubmitButton-Text").textContent;
      ($("removePromotion") ?? $("promotionCode")).focus();
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
}
