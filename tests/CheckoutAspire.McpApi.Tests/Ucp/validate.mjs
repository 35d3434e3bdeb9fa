// Holds what the service answered against schemas that are not its own.
//
//   node validate.mjs answers.json [directory of the specification's source/]
//
// answers.json: { tools: [{ name, inputSchema, outputSchema }], profile, answers: [{ tool, arguments, structured }] }
//
// 1. Each answer against the output schema of its tool, each call's arguments against the input schema (ajv, formats included).
// 2. Each checkout, order and message against the protocol's official JavaScript SDK. It describes an older version, whose envelope
//    (`ucp`) was shaped otherwise; that part is left out.
// 3. Where the specification's source is at hand (git tag v2026-04-08): everything against its JSON Schemas.
//
// Prints one line for each violation, and then the number of checks.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { createRequire } from 'node:module';

// Its ES modules import each other without an extension, which Node.js does not find.
const sdk = createRequire(import.meta.url)('@ucp-js/sdk');
const [file, specification] = process.argv.slice(2);
const { tools, profile, answers } = JSON.parse(readFileSync(file, 'utf8'));
const ajv = formats(new Ajv({ allErrors: true, strict: false }));
let checks = 0;

function check(label, validate, value) {
  checks++;
  if (!validate(value)) {
    console.log(`${label}: ${ajv.errorsText(validate.errors)}`);
  }
}

function parse(label, schema, value) {
  checks++;
  const result = schema.safeParse(value);
  if (!result.success) {
    console.log(`${label}: ${JSON.stringify(result.error.issues)}`);
  }
}

const byName = Object.fromEntries(tools.map(tool => [
  tool.name, { input: ajv.compile(tool.inputSchema), output: ajv.compile(tool.outputSchema) },
]));
const kindOf = ({ tool, structured }) => structured.ucp.status === 'error' ? 'failure' : tool === 'get_order' ? 'order' : 'checkout';

for (const answer of answers) {
  const label = `${answer.tool} ${answer.structured.status ?? ''} ${kindOf(answer)}`;
  check(`${label} arguments`, byName[answer.tool].input, answer.arguments);
  check(`${label} output schema`, byName[answer.tool].output, answer.structured);
  const { ucp: _, ...resource } = answer.structured;
  switch (kindOf(answer)) {
    case 'checkout':
      parse(`${label} SDK`, sdk.CheckoutResponseSchema.omit({ ucp: true }).strict(), resource);
      break;
    case 'order':
      // Messages came with 2026-04-08.
      parse(`${label} SDK`, sdk.OrderSchema.omit({ ucp: true }).extend({ messages: sdk.MessageSchema.array().optional() }).strict(), resource);
      break;
    default:
      parse(`${label} SDK`, sdk.MessageSchema.strict().array().nonempty(), resource.messages);
  }
}

if (specification) {
  const source = formats(new Ajv({ allErrors: true, strict: false }));
  for (const path of readdirSync(specification, { recursive: true }).filter(name => /^schemas\/.*\.json$/.test(name))) {
    const schema = JSON.parse(readFileSync(join(specification, path), 'utf8'));
    if (schema.$id) {
      source.addSchema(schema);
    }
  }

  const schemas = {
    checkout: source.getSchema('https://ucp.dev/schemas/shopping/checkout.json'),
    order: source.getSchema('https://ucp.dev/schemas/shopping/order.json'),
    failure: source.getSchema('https://ucp.dev/schemas/shopping/types/error_response.json'),
  };
  for (const answer of answers) {
    check(`${answer.tool} ${kindOf(answer)} specification`, schemas[kindOf(answer)], answer.structured);
  }

  // discovery/profile_schema.json says no more of a profile without signing keys, and its references do not fit its own $id.
  check('profile specification', source.getSchema('https://ucp.dev/schemas/ucp.json#/$defs/business_schema'), profile.ucp);
}

console.log(`${checks} checks`);
