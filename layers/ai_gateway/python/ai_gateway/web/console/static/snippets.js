// A request as a command and as a program that send it. The key is a variable of whoever runs them.

// What OpenAI's SDK takes by name; everything else goes into `extra_body`.
const NAMED = new Set([
  "audio", "frequency_penalty", "function_call", "functions", "logit_bias", "logprobs", "max_completion_tokens", "max_tokens", "messages", "metadata",
  "modalities", "model", "n", "parallel_tool_calls", "prediction", "presence_penalty", "reasoning_effort", "response_format", "seed", "service_tier", "stop",
  "store", "stream", "stream_options", "temperature", "tool_choice", "tools", "top_logprobs", "top_p", "user",
]);

export function curlOf(body, gateway) {
  return [
    `curl ${quoted(`${base(gateway)}/chat/completions`)}`,
    '  -H "Authorization: Bearer $AI_GATEWAY_KEY"',
    "  -H 'Content-Type: application/json'",
    `  -d ${quoted(JSON.stringify(body, null, 2))}`,
  ].join(" \\\n");
}

export function pythonOf(body, gateway) {
  const named = {}, extra = {};
  for (const [name, value] of Object.entries(body)) (NAMED.has(name) ? named : extra)[name] = value;
  const given = Object.entries(named).map(([name, value]) => `    ${name}=${python(value, "    ")},`);
  if (Object.keys(extra).length) given.push(`    extra_body=${python(extra, "    ")},`);
  return `import os

from openai import OpenAI

client = OpenAI(base_url=${python(base(gateway))}, api_key=os.environ["AI_GATEWAY_KEY"])
answer = client.chat.completions.create(
${given.join("\n")}
)
${body.stream ? STREAMED : "print(answer.choices[0].message.content)"}
`;
}

const STREAMED = `for chunk in answer:
    print(chunk.choices[0].delta.content or "" if chunk.choices else "", end="", flush=True)`;

function base(gateway) {
  return `${gateway.replace(/\/+$/, "")}/v1`;
}

// For a shell, where nothing within single quotes means anything.
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

// JSON as Python writes it: strings and numbers are the same in both.
function python(value, indent = "") {
  const inner = `${indent}    `;
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const parts = Array.isArray(value)
    ? value.map((item) => python(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${python(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const line = `${open}${parts.join(", ")}${close}`;
  return line.length <= 88 && !line.includes("\n") ? line : `${open}\n${parts.map((part) => `${inner}${part},`).join("\n")}\n${indent}${close}`;
}
