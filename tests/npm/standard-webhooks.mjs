// Verifies calls of the merchant webhook as a merchant's Node service does. Argument: a JSON file with the secret, and the headers and the body of each call.
// Prints, as JSON, the types of the verified calls and whether changed calls are refused.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const { secret, calls } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const webhook = new Webhook(secret);
const refuses = (body, headers, verifier = webhook) => {
  try {
    verifier.verify(body, headers);
    return false;
  } catch {
    return true;
  }
};

console.log(JSON.stringify({
  verified: calls.map(call => webhook.verify(call.body, call.headers).type),
  refused: calls.every(call =>
    refuses(call.body.replace("9998", "1"), call.headers)
    && refuses(call.body, { ...call.headers, "webhook-id": "fulfill/cs_other" })
    && refuses(call.body, call.headers, new Webhook("whsec_" + Buffer.alloc(32).toString("base64")))),
}));
