// A chat request as fields of a form, and back. What has no field stands in `other`, as JSON, so that nothing is lost.
const NUMBERS = ["temperature", "top_p", "max_tokens", "seed"];
const WORDS = ["reasoning_effort", "tool_choice"];
const FORMATS = ["text", "json_object"];

// { body, problems: [{ field, message }] }; without messages, and without a model, which each answer has its own.
export function requestOf(form) {
  const problems = [], body = {}, fields = form.elements;
  const wrong = (name, message) => { problems.push({ field: fields[name], message }); };
  const told = (name) => fields[name].value.trim();
  if (told("model")) body.model = told("model"); else wrong("model", "Name a model, such as gpt-4o-mini.");
  for (const name of NUMBERS) {
    if (!told(name)) continue;
    if (Number.isFinite(Number(told(name)))) body[name] = Number(told(name)); else wrong(name, "This is no number.");
  }
  for (const name of WORDS) if (told(name)) body[name] = told(name);
  const stops = fields.stop.value.split("\n").filter(Boolean);
  if (stops.length) body.stop = stops.length > 1 ? stops : stops[0];
  if (FORMATS.includes(told("response_format"))) body.response_format = { type: told("response_format") };
  if (told("response_format") === "json_schema") read("schema", isObject, "The schema must be an object, such as {\"type\": \"object\", ...}.", (schema) => {
    body.response_format = { type: "json_schema", json_schema: isObject(schema.schema) ? schema : { name: "answer", schema } };
  }, "Say which schema, or choose another format.");
  read("tools", Array.isArray, "Tools are a list: [{\"type\": \"function\", \"function\": {...}}].", (tools) => {
    const at = tools.findIndex((tool) => !isObject(tool) || (tool.type === "function" && typeof tool.function?.name !== "string"));
    if (at >= 0) wrong("tools", `Tool ${at + 1} must be an object with a type, and a function with a name.`);
    else if (tools.length) body.tools = tools;
  });
  read("other", isObject, "Further parameters are an object: {\"n\": 2}.", (other) => Object.assign(body, other));
  if (fields.stream.checked) body.stream = true;
  return { body, problems };

  function read(name, fits, otherwise, take, missing) {
    if (!told(name)) { if (missing) wrong(name, missing); return; }
    let value;
    try { value = JSON.parse(told(name)); } catch (error) { wrong(name, `This is not JSON: ${error.message}`); return; }
    if (fits(value)) take(value); else wrong(name, otherwise);
  }
}

// { fields } of a request; its messages stay the caller's.
export function fieldsOf({ messages, ...request }) {
  const fields = { model: "", stream: false }, other = {};
  for (const [name, value] of Object.entries(request)) if (value !== null && !take(name, value)) other[name] = value;
  if (Object.keys(other).length) fields.other = JSON.stringify(other, null, 2);
  return { fields };

  function take(name, value) {
    if (name === "model" && typeof value === "string") fields.model = value;
    else if (name === "stream" && typeof value === "boolean") fields.stream = value;
    else if (name === "stream_options" && Object.keys(value).join() === "include_usage") return true;
    else if (NUMBERS.includes(name) && typeof value === "number") fields[name] = String(value);
    else if (WORDS.includes(name) && typeof value === "string") fields[name] = value;
    else if (name === "stop" && [value].flat().every((stop) => typeof stop === "string" && stop && !stop.includes("\n"))) fields.stop = [value].flat().join("\n");
    else if (name === "response_format" && FORMATS.includes(value.type)) fields.response_format = value.type;
    else if (name === "response_format" && value.type === "json_schema" && isObject(value.json_schema)) Object.assign(fields, { response_format: "json_schema", schema: JSON.stringify(value.json_schema, null, 2) });
    else if (name === "tools" && Array.isArray(value)) fields.tools = JSON.stringify(value, null, 2);
    else return false;
    return true;
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
