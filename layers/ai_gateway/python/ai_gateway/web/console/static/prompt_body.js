// The body of a prompt as the fields of its editor, and back. Nothing here knows the page, and nothing of a body is lost:
// what has no field of its own stands in `other`, and a message that is more than a role and a text stands as JSON.
export const NUMBERS = ["temperature", "top_p", "max_tokens"];
const WORDS = ["reasoning_effort"];
const JSON_FIELDS = ["tools", "response_format"];

// {messages: [{role, text} or {json}], model, parameters: {name: text}, tools, response_format, other}, all of them text.
export function fieldsOf(body) {
  const { messages, model, ...rest } = body;
  const fields = { messages: [], model: "", parameters: {}, tools: "", response_format: "" };
  const other = {};
  if (Array.isArray(messages)) fields.messages = messages.map(messageOf);
  else if (messages !== undefined) other.messages = messages;
  if (typeof model === "string") fields.model = model;
  else if (model !== undefined) other.model = model;
  for (const [name, value] of Object.entries(rest)) {
    if (NUMBERS.includes(name) && typeof value === "number") fields.parameters[name] = String(value);
    else if (WORDS.includes(name) && typeof value === "string") fields.parameters[name] = value;
    else if (JSON_FIELDS.includes(name)) fields[name] = JSON.stringify(value, null, 2);
    else other[name] = value;
  }
  return { ...fields, other: Object.keys(other).length ? JSON.stringify(other, null, 2) : "" };
}

export function messageOf(message) {
  const plain = message !== null && typeof message === "object" && Object.keys(message).sort().join() === "content,role"
    && typeof message.role === "string" && typeof message.content === "string";
  return plain ? { role: message.role, text: message.content } : { json: JSON.stringify(message, null, 2) };
}

// {body, problems: [{field, message}]}; the body is whole when there are no problems. Fields are called as the gateway
// calls them: "messages[2]", "temperature", "tools"; "other" is the page's own.
export function bodyOf(fields) {
  const problems = [];
  const read = (field, text) => {
    try { return JSON.parse(text); } catch (error) { problems.push({ field, message: `This is no JSON: ${error.message}` }); }
    return undefined;
  };
  const body = fields.model.trim() ? { model: fields.model.trim() } : {};
  for (const [name, text] of Object.entries(fields.parameters)) {
    if (!text.trim()) continue;
    if (NUMBERS.includes(name) && !Number.isFinite(Number(text))) problems.push({ field: name, message: "This is no number." });
    else body[name] = NUMBERS.includes(name) ? Number(text) : text;
  }
  if (fields.other.trim()) {
    const other = read("other", fields.other);
    if (other === null || typeof other !== "object" || Array.isArray(other)) {
      if (other !== undefined) problems.push({ field: "other", message: "This must be an object of fields: {\"seed\": 7}." });
    } else {
      const twice = Object.keys(other).find((name) => name in body || (name === "messages" && fields.messages.length) || (JSON_FIELDS.includes(name) && fields[name].trim()));
      if (twice) problems.push({ field: "other", message: `'${twice}' has a field of its own above.` });
      else Object.assign(body, other);
    }
  }
  if (!("messages" in body)) {
    body.messages = fields.messages.map((message, index) => (message.json === undefined ? { role: message.role, content: message.text } : read(`messages[${index}]`, message.json)));
  }
  for (const name of JSON_FIELDS) if (fields[name].trim()) body[name] = read(name, fields[name]);
  return { body, problems };
}

// The field that a refusal of the gateway is about, by its `param`: "messages[0].content[1].text" is "messages[0]".
export function fieldOf(param, fields) {
  const message = /^messages\[\d+\]/.exec(param);
  if (message) return message[0];
  const name = /^\w+/.exec(param)?.[0] ?? "";
  if (["model", ...NUMBERS, ...WORDS].includes(name)) return name;
  if (JSON_FIELDS.includes(name) && fields[name].trim()) return name;
  return fields.other.includes(`"${name}"`) && name ? "other" : "";
}

// An input as it was typed, as the value to send; undefined where nothing is given. An empty text is a value, unless the
// variable has a default.
export function inputOf({ type, default: preset }, text) {
  if (type === "string") return text === "" && preset !== null ? undefined : text;
  if (text.trim() === "") return undefined;
  if (type === "json") return JSON.parse(text);
  if (type === "boolean") return text === "true";
  return Number.isFinite(Number(text)) ? Number(text) : text;
}
