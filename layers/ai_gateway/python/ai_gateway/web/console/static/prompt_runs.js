// Runs what is in a prompt's editor, filled in with the inputs beside it, and shows the answer as it comes.
import { access } from "./access.js";
import { notify } from "./console.js";
import { filledIn } from "./prompt_editor.js";
import { run } from "./runs.js";

const card = document.querySelector("[data-run]"), box = document.getElementById("answer");
const go = card.querySelector("[data-go]"), stop = card.querySelector("[data-stop]");
const at = (name) => box.querySelector(`[data-${name}]`);
let running = null;

async function start() {
  if (running) return;
  running = new AbortController();
  go.disabled = true;
  try {
    const body = await asked();
    if (body) await answered(body, running.signal);
  } catch (error) {
    notify(error.message, "bad");
  } finally {
    running = null;
    go.disabled = false;
    stop.hidden = true;
  }
}

// What is sent; nothing where something is wrong, which is told.
async function asked() {
  const request = await filledIn();
  if (!request) { notify("A field or an input is wrong.", "bad"); return null; }
  const model = document.getElementById("run-model").value.trim(), message = document.getElementById("run-message").value;
  const body = { ...request, ...(model ? { model } : {}), stream: true };
  if (message.trim()) body.messages = [...request.messages, { role: "user", content: message }];
  if (body.model) return body;
  notify("The prompt names no model. Name one to run it with.", "bad");
  document.getElementById("run-model").focus();
  return null;
}

async function answered(body, signal) {
  clear();
  stop.hidden = false;
  const answer = await run(body, {
    ...access,
    signal,
    onText: (piece) => at("answer").append(piece),
    onReasoning: (piece) => { at("reasoning").append(piece); at("reasoning").parentElement.hidden = false; },
    onToolCall: (_, so_far) => show("calls", so_far.toolCalls.map(({ function: of }) => `${of.name}(${of.arguments})`).join("\n")),
  });
  at("facts").replaceChildren(...facts(answer));
  box.removeAttribute("aria-busy");
  if (answer.error) show("failure", answer.error.message);
}

function clear() {
  for (const name of ["answer", "reasoning", "calls", "failure"]) at(name).textContent = "";
  for (const hidden of [at("reasoning").parentElement, at("calls"), at("failure")]) hidden.hidden = true;
  at("facts").textContent = "Waiting for the answer…";
  box.hidden = false;
  box.setAttribute("aria-busy", "true");
}

function show(name, text) {
  at(name).textContent = text;
  at(name).hidden = false;
}

function facts(answer) {
  const { prompt_tokens: sent, completion_tokens: said } = answer.usage ?? {};
  const told = [
    answer.aborted ? "stopped" : answer.error ? `failed${answer.status ? ` (${answer.status})` : ""}` : answer.finishReason ?? "ended",
    answer.headers.get("helicone-model") && `${answer.headers.get("helicone-model")} by ${answer.headers.get("helicone-provider")}`,
    answer.ttft !== null && `${seconds(answer.ttft)} to the first token`,
    answer.duration !== null && seconds(answer.duration),
    answer.usage && `${sent} + ${said} tokens`,
    answer.usage && (answer.cost === null ? "cost unknown" : `$${Number(answer.cost.toPrecision(4))}`),
  ].filter(Boolean).join(" · ");
  if (!answer.id) return [told];
  const link = document.createElement("a");
  link.href = `/requests/${encodeURIComponent(answer.id)}`;
  link.textContent = "Its record";
  return [`${told} · `, link];
}

function seconds(milliseconds) {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toPrecision(3)} s`;
}

go.addEventListener("click", start);
stop.addEventListener("click", () => running?.abort());
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]")) { event.preventDefault(); start(); }
});
