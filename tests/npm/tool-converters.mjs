// Converts a tool list (the file that is the argument) with the converters of the frameworks that MCP clients use, checks the outcome by the
// rules of each provider's API, and prints for each converter: {"refused": ["tool: reason"], "lost": ["keyword"]}.
import { readFileSync } from "node:fs";
import { mcpToFunctionTool } from "@openai/agents-core";
import { ChatGoogleGenerativeAI } from "@langchain/google-genai";
import { tool as langChainTool } from "@langchain/core/tools";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createMCPClient } from "@ai-sdk/mcp";
import { mcpToTool } from "@google/genai";
import { mcpTool } from "@anthropic-ai/sdk/helpers/beta/mcp";
import { transformJSONSchema } from "@anthropic-ai/sdk/lib/transform-json-schema";

const tools = JSON.parse(readFileSync(process.argv[2], "utf8"));
const never = () => { throw new Error("No tool is called here."); };

// An MCP client as the frameworks expect one, which only lists the tools.
const client = { listTools: async () => ({ tools }), callTool: never };

// A transport of the AI SDK's own client, which answers its two requests.
const transport = () => ({
  async start() {},
  async close() {},
  async send(message) {
    const result = message.method === "initialize"
      ? { protocolVersion: message.params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "checkout", version: "1" } }
      : message.method === "tools/list" ? { tools } : undefined;
    if (message.id !== undefined) {
      queueMicrotask(() => this.onmessage({ jsonrpc: "2.0", id: message.id, result }));
    }
  },
});

// Each returns the schemas that are sent to the provider, by the tools' names.
const converters = {
  "OpenAI Agents, strict": {
    convert: async () => byName(tools.map((mcp) => {
      const converted = mcpToFunctionTool(structuredClone(mcp), { name: "checkout", callTool: never }, true);
      if (!converted.strict) {
        throw new Error(`${mcp.name} is not strict.`);
      }

      return [mcp.name, converted.parameters];
    })),
    // https://developers.openai.com/api/docs/guides/structured-outputs#supported-schemas
    keywords: ["type", "properties", "required", "additionalProperties", "items", "enum", "description", "anyOf", "minimum", "maximum"],
    check: (schema) => schema.type === "object" && closed(schema),
  },
  "Gemini by LangChain": {
    convert: async () => {
      const model = new ChatGoogleGenerativeAI({ model: "gemini", apiKey: "none" });
      const bound = tools.map((mcp) => langChainTool(never, { name: mcp.name, description: mcp.description, schema: mcp.inputSchema }));
      const { tools: sent } = model.invocationParams({ tools: bound });
      return byName(sent.flatMap((one) => one.functionDeclarations).map((one) => [one.name, one.parameters]));
    },
    // https://ai.google.dev/api/caching#Schema
    keywords: [
      "type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required", "minProperties", "maxProperties",
      "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering", "default", "items", "minimum", "maximum",
    ],
    check: (schema) => oneType(schema),
  },
  "Gemini by AI SDK": {
    convert: async () => {
      const mcp = await createMCPClient({ transport: transport() });
      const listed = await mcp.tools();
      let body;
      const google = createGoogleGenerativeAI({ apiKey: "none", fetch: async (_, request) => { body = JSON.parse(request.body); throw new Error("sent"); } });
      const given = await Promise.all(Object.entries(listed).map(async ([name, one]) => (
        { type: "function", name, description: one.description, inputSchema: await one.inputSchema.jsonSchema })));
      await google("gemini-2.5-pro").doGenerate({ prompt: [{ role: "user", content: [{ type: "text", text: "x" }] }], tools: given }).catch(() => {});
      return byName(body.tools.flatMap((one) => one.functionDeclarations).map((one) => [one.name, one.parametersJsonSchema ?? one.parameters]));
    },
    keywords: geminiJsonSchema(),
    check: (schema) => oneType(schema),
  },
  "Gemini by Google's SDK": {
    convert: async () => byName((await mcpToTool(client).tool()).functionDeclarations.map((one) => [one.name, one.parametersJsonSchema])),
    keywords: geminiJsonSchema(),
    check: (schema) => oneType(schema),
  },
  Anthropic: {
    convert: async () => byName(tools.map((mcp) => [mcp.name, withoutNull(mcpTool(mcp, client).input_schema)])),
    keywords: null,
    check: (schema) => schema.type === "object",
  },
  "Anthropic, strict": {
    convert: async () => byName(tools.map((mcp) => [mcp.name, transformJSONSchema(mcp.inputSchema)])),
    // https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
    keywords: ["type", "properties", "required", "additionalProperties", "items", "enum", "description", "anyOf", "format", "default", "minItems"],
    check: (schema) => objects(schema).every((one) => one.additionalProperties === false),
  },
};

// https://ai.google.dev/api/caching#FunctionDeclaration: parametersJsonSchema
function geminiJsonSchema() {
  return [
    "$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems", "minimum",
    "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required", "propertyOrdering",
  ];
}

const byName = (entries) => Object.fromEntries(entries);

// Anthropic's helper writes null for an absent list.
const withoutNull = (schema) => Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== null));

// A schema and those in it, each with its path.
function* nodes(schema, path = "") {
  yield [path, schema];
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* nodes(property, `${path}.${name}`);
  }

  if (schema.items) {
    yield* nodes(schema.items, `${path}[]`);
  }

  // An optional argument becomes {"anyOf": [{…}, {"type": "null"}]}.
  for (const branch of (schema.anyOf ?? []).filter(({ type }) => type !== "null")) {
    yield* nodes(branch, path);
  }
}

const objects = (schema) => [...nodes(schema)].map(([, node]) => node).filter((node) => node.properties);
const closed = (schema) => objects(schema).every((node) =>
  node.additionalProperties === false && Object.keys(node.properties).every((name) => node.required?.includes(name)));
const oneType = (schema) => [...nodes(schema)].every(([, node]) =>
  typeof node.type === "string" && (node.type !== "array" || node.items) && (!node.enum || node.type === "string"));

// Why the provider would reject the schema, or null.
function refusal(name, schema, { keywords, check }) {
  const foreign = keywords && [...nodes(schema)].flatMap(([path, node]) => Object.keys(node).filter((keyword) => !keywords.includes(keyword)).map((keyword) => `${path} ${keyword}`));
  return foreign?.length ? `${name}: ${foreign.join(", ")}` : check(schema) ? null : `${name}: the provider's rules`;
}

// What the schema says and the converted one does not, for example "minimum".
function losses(schema, converted) {
  const found = new Map();
  for (const [path, node] of nodes(converted)) {
    found.set(path, { ...found.get(path), ...node });
  }

  return [...nodes(schema)].flatMap(([path, node]) => Object.entries(node)
    .filter(([keyword]) => !["properties", "items", "required"].includes(keyword))
    .filter(([keyword, value]) => keyword === "description"
      ? !found.get(path)?.description?.startsWith(value)
      : JSON.stringify(found.get(path)?.[keyword]) !== JSON.stringify(value))
    .map(([keyword]) => keyword));
}

const report = {};
for (const [name, converter] of Object.entries(converters)) {
  const refused = [];
  const lost = new Set();
  try {
    const converted = await converter.convert();
    for (const mcp of tools) {
      const schema = converted[mcp.name];
      const reason = schema ? refusal(mcp.name, schema, converter) : `${mcp.name}: not converted`;
      if (reason) {
        refused.push(reason);
      } else {
        losses(mcp.inputSchema, schema).forEach((keyword) => lost.add(keyword));
      }
    }
  } catch (error) {
    refused.push(error.message);
  }

  report[name] = { refused, lost: [...lost].sort() };
}

console.log(JSON.stringify(report));
