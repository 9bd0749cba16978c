// The body of a prompt as fields and back. `PROMPT_BODY` is where the module is.
import assert from "node:assert/strict";
import { test } from "node:test";

const { fieldsOf, bodyOf, fieldOf, inputOf } = await import(process.env.PROMPT_BODY);

const BODIES = [
  {},
  { messages: [] },
  { model: "gpt-4o", temperature: 0, top_p: 0.5, max_tokens: 10, reasoning_effort: "low", seed: 7, stop: ["a"], messages: [{ role: "system", content: "Hi {{name}}\n" }] },
  { messages: [{ role: "user", content: [{ type: "text", text: "{{a}}" }, { type: "image_url", image_url: { url: "{{b}}" } }] }, { role: "assistant", content: null, tool_calls: [] }] },
  { messages: [{ role: "user", content: "", name: "ann" }, "{{hc:more:json}}", null, 7] },
  { messages: "{{hc:messages:json}}", tools: "{{hc:tools:json}}", response_format: { type: "json_schema", json_schema: { schema: { enum: "{{hc:labels:json}}" } } } },
  { temperature: "hot", model: 7, tool_choice: { type: "function", function: { name: "f" } }, tools: [{ type: "function", function: { name: "f" } }], messages: [] },
  { reasoning_effort: null, response_format: null, messages: [{ role: "user", content: "ü\u2028🎉" }] },
];

test("a body comes back as it was, whatever is in it", () => {
  for (const body of BODIES) {
    const { body: back, problems } = bodyOf(fieldsOf(body));
    assert.deepEqual(problems, []);
    assert.deepEqual(back, "messages" in body ? body : { ...body, messages: [] });
  }
});

test("what is no JSON is told at its field, and nothing is thrown", () => {
  const fields = { ...fieldsOf({ messages: [{ role: "user", content: "a" }] }), tools: "[", response_format: "{", other: "nope" };
  fields.messages.push({ json: "{'a': 1}" });
  fields.parameters.temperature = "warm";
  assert.deepEqual(bodyOf(fields).problems.map(({ field }) => field), ["temperature", "other", "messages[1]", "tools", "response_format"]);
});

test("other fields are an object, and none of those that have a place of their own", () => {
  const told = (other) => bodyOf({ ...fieldsOf({ model: "m", messages: [{ role: "user", content: "a" }], tools: [] }), other }).problems.map(({ field, message }) => `${field}: ${message}`);
  for (const other of ["[1]", "7", "null"]) assert.match(told(other)[0], /other: This must be an object/);
  for (const name of ["model", "messages", "tools"]) assert.deepEqual(told(JSON.stringify({ [name]: 1 })), [`other: '${name}' has a field of its own above.`]);
  assert.deepEqual(told('{"seed": 1}'), []);
});

test("a refusal of the gateway finds its field", () => {
  const fields = fieldsOf({ seed: 1, tools: [], messages: [] });
  for (const [param, field] of [["messages[2].content[0].text", "messages[2]"], ["tools[0].function", "tools"], ["temperature", "temperature"], ["seed", "other"], ["messages", ""], ["response_format", ""], ["body", ""], ["", ""]]) assert.equal(fieldOf(param, fields), field, param);
});

test("0, false and an empty text are inputs, and what was left empty is none", () => {
  assert.equal(inputOf({ type: "number", default: null }, "0"), 0);
  assert.equal(inputOf({ type: "number", default: null }, " "), undefined);
  assert.equal(inputOf({ type: "number", default: null }, "x"), "x");
  assert.equal(inputOf({ type: "boolean", default: null }, "false"), false);
  assert.equal(inputOf({ type: "boolean", default: null }, ""), undefined);
  assert.equal(inputOf({ type: "string", default: null }, ""), "");
  assert.equal(inputOf({ type: "string", default: "you" }, ""), undefined);
  assert.deepEqual(inputOf({ type: "json", default: null }, '{"a": [null]}'), { a: [null] });
  assert.throws(() => inputOf({ type: "json", default: null }, "{"), SyntaxError);
});
