// The runner of pages against a server of its own. `RUNS` is where the module is.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

const { run, eventsOf } = await import(process.env.RUNS);
const SSE = { "content-type": "text/event-stream; charset=utf-8", "helicone-id": "the-id" };
let server, gateway, serve, seen;

before(async () => {
  server = createServer(async (request, response) => {
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    seen = { url: request.url, headers: request.headers, body: JSON.parse(Buffer.concat(pieces)) };
    await serve(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  gateway = `http://127.0.0.1:${server.address().port}/`;
});
after(() => { server.closeAllConnections(); server.close(); });

const ask = (body, options = {}) => run(body, { gateway, key: async () => "sk-aig-test", ...options });
const event = (chunk) => `data: ${JSON.stringify(chunk)}\n\n`;
const delta = (piece, reason = null, index = 0) => event({ choices: [{ index, delta: piece, finish_reason: reason }] });
const streams = (...texts) => { serve = (response) => { response.writeHead(200, SSE); response.end(texts.join("")); }; };

async function events(...pieces) {
  const found = [];
  for await (const data of eventsOf(new ReadableStream({ start(to) { pieces.forEach((piece) => to.enqueue(piece)); to.close(); } }))) found.push(data);
  return found;
}

test("a stream cut at every byte tells the same events", async () => {
  const bytes = new TextEncoder().encode(": keep-alive\n\ndata: Grüße 🎉\r\n\r\nevent: x\ndata:a\ndata: b\n\nid: 1\rdata: c\r\rdata: [DONE]");
  const whole = ["Grüße 🎉", "a\nb", "c", "[DONE]"];
  for (let cut = 0; cut <= bytes.length; cut++) assert.deepEqual(await events(bytes.slice(0, cut), bytes.slice(cut)), whole, `cut at ${cut}`);
  assert.deepEqual(await events(...[...bytes].map((byte) => Uint8Array.of(byte))), whole);
});

test("a stream becomes a message, its pieces are told as they come, and its usage has a cost", async () => {
  streams(
    delta({ role: "assistant", content: "" }), delta({ reasoning: "Hm", reasoning_content: "Hm" }), delta({ reasoning: ".", reasoning_content: "." }),
    delta({ reasoning_details: [{ type: "reasoning.text", signature: "s" }] }), delta({ content: "Grü" }), ": keep-alive\n\n", delta({ content: "ße" }), delta({}, "stop"),
    event({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, cost: 0.0000012 } }), "data: [DONE]\n\n",
  );
  const told = [];
  const answer = await ask({ model: "m", stream: true, stream_options: { other: 1 } }, {
    onHead: ({ id, status }) => told.push(["head", id, status]), onText: (piece, { text }) => told.push(["text", piece, text]),
    onReasoning: (piece) => told.push(["reasoning", piece]), onUsage: (usage, { cost }) => told.push(["usage", cost]),
  });
  assert.deepEqual(told, [["head", "the-id", 200], ["reasoning", "Hm"], ["reasoning", "."], ["text", "Grü", "Grü"], ["text", "ße", "Grüße"], ["usage", 0.0000012]]);
  assert.deepEqual(answer.message, { role: "assistant", content: "Grüße", reasoning: "Hm.", reasoning_content: "Hm.", reasoning_details: [{ type: "reasoning.text", signature: "s" }] });
  assert.deepEqual([answer.finishReason, answer.error, answer.aborted], ["stop", null, false]);
  assert.ok(answer.ttft <= answer.duration);
  assert.equal(seen.url, "/v1/chat/completions");
  assert.equal(seen.headers.authorization, "Bearer sk-aig-test");
  assert.deepEqual(seen.body, { model: "m", stream: true, stream_options: { other: 1, include_usage: true } });
});

test("calls of tools are put together by their index, with all that came beside them", async () => {
  const call = (index, piece) => delta({ tool_calls: [{ index, ...piece }] });
  streams(
    delta({ role: "assistant", content: "" }), call(0, { id: "a", type: "function", function: { name: "one", arguments: "" }, extra_content: { google: { thought_signature: "s" } } }),
    call(1, { id: "b", function: { name: "two", arguments: "{" } }), call(0, { function: { arguments: '{"x"' } }), call(0, { function: { arguments: ":1}" } }), call(1, { function: { arguments: "}" } }),
    delta({}, "tool_calls"), "data: [DONE]\n\n",
  );
  const told = [];
  const answer = await ask({ stream: true }, { onToolCall: (one) => told.push(one.function.arguments) });
  assert.deepEqual(answer.message, {
    role: "assistant", content: null, tool_calls: [
      { id: "a", type: "function", function: { name: "one", arguments: '{"x":1}' }, extra_content: { google: { thought_signature: "s" } } },
      { id: "b", type: "function", function: { name: "two", arguments: "{}" } },
    ],
  });
  assert.deepEqual(told, ["", "{", '{"x"', '{"x":1}', "{}"]);
});

test("further choices stand beside the first and are not told as its text", async () => {
  streams(delta({ content: "one" }), delta({ content: "two" }, "stop", 1), delta({}, "length"), "data: [DONE]\n\n");
  const told = [];
  const answer = await ask({ stream: true, n: 2 }, { onText: (piece) => told.push(piece) });
  assert.deepEqual(told, ["one"]);
  assert.deepEqual(answer.choices.map(({ message, finishReason }) => [message.content, finishReason]), [["one", "length"], ["two", "stop"]]);
});

test("an answer in one piece has its cost from the header, and no price is no cost", async () => {
  const usage = { prompt_tokens: 1 }, choices = [{ message: { role: "assistant", content: [{ type: "text", text: "Hi" }] }, finish_reason: "stop" }];
  for (const [header, cost] of [["0.00000012", 0.00000012], ["unknown", null]]) {
    serve = (response) => { response.writeHead(200, { "content-type": "application/json", "gateway-cost": header }); response.end(JSON.stringify({ choices, usage })); };
    const told = [];
    const answer = await ask({ model: "m" }, { onText: (piece) => told.push(piece) });
    assert.deepEqual([answer.cost, answer.text, answer.usage, answer.ttft, told], [cost, "Hi", usage, null, ["Hi"]]);
    assert.deepEqual(seen.body, { model: "m" });
  }
});

test("an error before the answer is told with its attempts", async () => {
  const body = { error: { message: "No.", type: "model_not_found", param: "model", code: "model_not_found" }, attempts: [{ source: "a/b" }] };
  serve = (response) => { response.writeHead(404, { "content-type": "application/json", "helicone-id": "failed-id" }); response.end(JSON.stringify(body)); };
  const answer = await ask({ stream: true });
  assert.deepEqual([answer.status, answer.id, answer.error], [404, "failed-id", { ...body.error, attempts: body.attempts }]);
});

test("an error in the stream is told beside what came before it", async () => {
  streams(delta({ content: "Half" }), event({ error: { message: "Broke off.", type: "upstream_error", param: null, code: "x" } }));
  const answer = await ask({ stream: true });
  assert.deepEqual([answer.text, answer.error.message, answer.error.type], ["Half", "Broke off.", "upstream_error"]);
});

test("what is no answer is an error: a page of something between, a stream that breaks off, one that is no JSON, nobody there", async () => {
  serve = (response) => { response.writeHead(502, { "content-type": "text/html" }); response.end("<h1>Bad gateway"); };
  assert.match((await ask({})).error.message, /502/);
  streams(delta({ content: "Half" }));
  assert.equal((await ask({ stream: true })).error.type, "stream_cut");
  serve = (response) => { response.writeHead(200, SSE); response.write(delta({ content: "Half" }), () => response.destroy()); };
  const cut = await ask({ stream: true });
  assert.deepEqual([cut.text, cut.error.type], ["Half", "stream_cut"]);
  streams("data: {\n\n");
  assert.equal((await ask({ stream: true })).error.type, "malformed");
  assert.equal((await ask({}, { gateway: "http://127.0.0.1:1" })).error.type, "unreachable");
  const refused = await ask({}, { key: async () => { throw new Error("Not signed in."); } });
  assert.deepEqual([refused.status, refused.error.type, refused.error.message], [0, "no_key", "Not signed in."]);
});

test("what came before it was stopped is kept, and that is no error", async () => {
  serve = (response) => { response.writeHead(200, SSE); response.write(delta({ content: "Half" })); };
  const stopping = new AbortController();
  const answer = await ask({ stream: true }, { signal: stopping.signal, onText: () => stopping.abort() });
  assert.deepEqual([answer.text, answer.error, answer.aborted], ["Half", null, true]);
});
