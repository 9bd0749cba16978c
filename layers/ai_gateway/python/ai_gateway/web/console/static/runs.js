// One chat request sent to the gateway, and its answer as it comes. Knows no page: what shows the answer hands in
// functions, and what may send it hands in the way there (`access.js`).
//
//   const answer = await run(body, { ...access, signal, onText: (piece, answer) => ... });
//
// `body` is a chat completions request; whether it streams is its `stream`. Of a stream the usage is always asked for.
//
// options: gateway          where the gateway is, without a path
//          key()            a promise of the gateway key
//          headers          further headers, by name
//          signal           an AbortSignal; what came before it is kept
//          onHead(answer)   status and headers are there
//          onChunk(chunk, answer), onText(piece, answer), onReasoning(piece, answer), onToolCall(call, answer), onUsage(usage, answer)
//                           of the first choice, called when `answer` already holds what they tell
//
// The answer, which is the same object from the first call on:
//   id            the request's id, which its record has; "" until there is one
//   status        of HTTP; 0 where no answer came
//   headers       a Headers
//   choices       [{ message, finishReason }]: messages as a next request may repeat them, with all that came
//   message, text, reasoning, toolCalls, finishReason     of the first choice
//   usage, cost   as the gateway told it, in dollars; null where it did not, and for a price that is not known
//   ttft          milliseconds until something was said; null for an answer in one piece
//   duration      milliseconds
//   error         { message, type, param, code, attempts } when it failed, before or in the stream, else null
//   aborted       whether `signal` ended it
// It never rejects, but for what a function that was handed in throws.

const PIECES = ["content", "reasoning", "reasoning_content", "refusal"];
const LISTS = ["reasoning_details", "annotations", "images"];

export class Answer {
  id = "";
  status = 0;
  headers = new Headers();
  choices = [];
  usage = null;
  cost = null;
  ttft = null;
  duration = null;
  error = null;
  aborted = false;

  get message() { return this.choices[0]?.message ?? null; }
  get text() { return textOf(this.message?.content) || this.message?.refusal || ""; }
  get reasoning() { return this.message?.reasoning ?? this.message?.reasoning_content ?? ""; }
  get toolCalls() { return this.message?.tool_calls ?? []; }
  get finishReason() { return this.choices[0]?.finishReason ?? null; }
}

export async function run(body, { gateway, key, headers = {}, signal, ...on }) {
  const answer = new Answer(), begun = performance.now();
  const since = () => performance.now() - begun;
  try {
    const response = await reached(fetch(`${gateway.replace(/\/+$/, "")}/v1/chat/completions`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json", authorization: `Bearer ${await borrowed(key)}` },
      body: JSON.stringify(body.stream ? { ...body, stream_options: { ...body.stream_options, include_usage: true } } : body),
      credentials: "omit",
      signal,
    }), "unreachable", "The gateway is not within reach.");
    answer.status = response.status;
    answer.headers = response.headers;
    answer.id = response.headers.get("helicone-id") ?? "";
    on.onHead?.(answer);
    if ((response.headers.get("content-type") ?? "").startsWith("text/event-stream")) await stream(response, answer, on, since);
    else whole(await reached(response.text(), ...CUT), answer, on);
  } catch (error) {
    if (signal?.aborted) answer.aborted = true;
    else if (error instanceof Failed) answer.error = errorOf({ error });
    else throw error;
  }
  answer.duration = since();
  return answer;
}

const CUT = ["stream_cut", "The connection ended before the answer did."];

class Failed extends Error {
  constructor(type, message) {
    super(message);
    this.type = type;
  }
}

async function reached(promise, type, message) {
  try { return await promise; } catch { throw new Failed(type, message); }
}

async function borrowed(key) {
  try { return await key(); } catch (error) { throw new Failed("no_key", error.message); }
}

async function stream(response, answer, on, since) {
  for await (const data of eventsOf(response.body)) {
    if (data === "[DONE]") return;
    const chunk = parsed(data);
    if (chunk === null) throw new Failed("malformed", "The stream holds something that is not JSON.");
    if (chunk.error) { answer.error = errorOf(chunk); return; }
    take(chunk, answer, on, since);
  }
  throw new Failed(...CUT);
}

function take(chunk, answer, on, since) {
  const told = [];
  for (const { index = 0, delta = {}, finish_reason: reason } of chunk.choices ?? []) {
    const choice = (answer.choices[index] ??= { message: { role: "assistant", content: null }, finishReason: null });
    if (reason) choice.finishReason = reason;
    fold(choice.message, delta);
    if (says(delta)) answer.ttft ??= since();
    if (index === 0) told.push(delta);
  }
  if (chunk.usage) bill(chunk.usage, answer);
  on.onChunk?.(chunk, answer);
  for (const delta of told) tell(delta, answer, on);
  if (chunk.usage) on.onUsage?.(chunk.usage, answer);
}

function says(delta) {
  return PIECES.some((name) => delta[name]) || LISTS.some((name) => delta[name]?.length) || Boolean(delta.tool_calls?.length);
}

function tell(delta, answer, on) {
  const thought = delta.reasoning || delta.reasoning_content;
  if (thought) on.onReasoning?.(thought, answer);
  const said = delta.content || delta.refusal;
  if (said) on.onText?.(said, answer);
  for (const { index = 0 } of delta.tool_calls ?? []) on.onToolCall?.(answer.toolCalls[index], answer);
}

// What a delta adds to the message: pieces of text go on, lists grow, calls of tools are put together by their index.
function fold(message, delta) {
  for (const name of PIECES) if (typeof delta[name] === "string" && (delta[name] || name === "content")) message[name] = (message[name] ?? "") + delta[name];
  for (const name of LISTS) if (delta[name]?.length) message[name] = [...(message[name] ?? []), ...delta[name]];
  if (delta.extra_content) message.extra_content = merged(message.extra_content, delta.extra_content);
  for (const { index = 0, ...piece } of delta.tool_calls ?? []) {
    const calls = (message.tool_calls ??= []), call = (calls[index] ??= { id: "", type: "function", function: { name: "", arguments: "" } });
    for (const name of ["id", "type", "extra_content"]) if (piece[name]) call[name] = piece[name];
    if (piece.function?.name) call.function.name = piece.function.name;
    call.function.arguments += piece.function?.arguments ?? "";
  }
  if (message.tool_calls && message.content === "") message.content = null;
}

function merged(before, after) {
  if (Array.isArray(before) && Array.isArray(after)) return [...before, ...after];
  if (!isObject(before) || !isObject(after)) return after;
  const both = { ...before };
  for (const [name, value] of Object.entries(after)) both[name] = name in both ? merged(both[name], value) : value;
  return both;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function whole(text, answer, on) {
  const told = parsed(text);
  if (answer.status >= 400 || told?.error || !told?.choices) {
    answer.error = errorOf(told ?? {}, answer.status);
    return;
  }
  answer.choices = told.choices.map(({ message, finish_reason: reason }) => ({ message, finishReason: reason }));
  if (told.usage) bill(told.usage, answer);
  on.onChunk?.(told, answer);
  if (answer.reasoning) on.onReasoning?.(answer.reasoning, answer);
  if (answer.text) on.onText?.(answer.text, answer);
  for (const call of answer.toolCalls) on.onToolCall?.(call, answer);
  if (told.usage) on.onUsage?.(told.usage, answer);
}

function bill(usage, answer) {
  const cost = usage.cost ?? answer.headers.get("gateway-cost");
  answer.usage = usage;
  answer.cost = cost === null || Number.isNaN(Number(cost)) ? null : Number(cost);
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

function errorOf({ error, attempts }, status) {
  const { message = `The gateway answered ${status} with something that it does not say.`, type = "error", param = null, code = null } = error ?? {};
  return { message, type, param, code, attempts: attempts ?? [] };
}

function textOf(content) {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text ?? "").join("");
}

// The data of server-sent events out of bytes that are cut anywhere, also within a character. Comments, which keep a
// silent stream alive, names and ids are passed over.
export async function* eventsOf(body) {
  const reader = body.getReader(), decoder = new TextDecoder();
  let rest = "", data = [];
  try {
    for (;;) {
      const { value, done } = await reached(reader.read(), ...CUT);
      rest += done ? decoder.decode() + "\n\n" : decoder.decode(value, { stream: true });
      // A carriage return at the end may be half of a line's end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith("data:")) data.push(line.slice(line[5] === " " ? 6 : 5));
        else if (line === "" && data.length) { yield data.join("\n"); data = []; }
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
