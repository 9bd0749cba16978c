// An answer as it comes, in a card of its own. Costs are an estimate, marked `~`, until the gateway tells the exact one.
import { count, duration, money, plain } from "./amounts.js";
import { tokensOf } from "./models.js";
import { notify } from "./console.js";

const LOOKS = 20;
const PAUSE = 250;

export class AnswerCard {
  #root;
  #answer = null;

  // `template` is #answer; `continued(message)` and `answered(message, calls)` are what its buttons do.
  constructor(template, { continued, answered }) {
    this.#root = template.content.firstElementChild.cloneNode(true);
    this.#part("continue").addEventListener("click", () => continued(this.#answer.message));
    this.#part("answer-calls").addEventListener("click", () => answered(this.#answer.message, this.#answer.toolCalls));
    this.#part("copy-text").addEventListener("click", async () => { await navigator.clipboard.writeText(this.#answer.text); notify("Copied"); });
  }

  get root() { return this.#root; }

  // What `run` calls, and what it gives back goes to `finish`.
  begin(model, estimate) {
    this.#part("model").textContent = model;
    this.#part("waiting").hidden = false;
    this.#state("waiting", "");
    this.#root.setAttribute("aria-busy", "true");
    return {
      onHead: (answer) => this.#head(answer),
      onReasoning: (piece, answer) => { this.#part("thought").hidden = false; say(this.#part("reasoning"), piece); this.#soFar(answer, estimate); },
      onText: (piece, answer) => { say(this.#part("text"), piece); this.#soFar(answer, estimate); },
      onToolCall: (_, answer) => { this.#calls(answer); this.#soFar(answer, estimate); },
    };
  }

  finish(answer) {
    this.#answer = answer;
    this.#root.removeAttribute("aria-busy");
    this.#part("waiting").hidden = true;
    this.#fact("duration", duration(answer.duration));
    this.#fact("ttft", duration(answer.ttft));
    if (answer.usage) this.#bill(answer);
    else if (answer.error && !answer.text) { this.#fact("tokens", "–"); this.#fact("cost", "–"); }
    if (answer.error) this.#fail(answer.error);
    const [kind, told] = answer.error ? ["bad", answer.status >= 400 ? `failed, ${answer.status}` : "failed"] : answer.aborted ? ["warn", "stopped"] : ["good", answer.finishReason ?? "done"];
    this.#state(told, kind);
    this.#pictures(answer.message?.images ?? []);
    this.#others(answer.choices.slice(1));
    if (!answer.error && !answer.aborted && !answer.text && !answer.toolCalls.length && !answer.message?.images?.length) this.#part("silent").hidden = false;
    const goesOn = Boolean(answer.message) && !answer.error;
    this.#part("continue").hidden = !goesOn || answer.toolCalls.length > 0;
    this.#part("answer-calls").hidden = !goesOn || answer.aborted || !answer.toolCalls.length;
    this.#part("answer-calls").textContent = answer.toolCalls.length > 1 ? `Answer these ${answer.toolCalls.length} calls` : "Answer this call";
    this.#part("copy-text").hidden = !answer.text;
    this.#link(answer.id);
  }

  #part(name) { return this.#root.querySelector(`[data-${name}]`); }

  #fact(name, told, title = "") {
    const place = this.#part(name);
    place.textContent = told;
    place.title = title;
  }

  #state(told, kind) {
    const state = this.#part("state");
    state.textContent = told;
    state.className = `badge ${kind}`;
  }

  #head({ status, headers }) {
    if (status >= 400) return;
    this.#state("answering", "accent");
    const provider = headers.get("helicone-provider");
    if (provider) this.#fact("served", `${provider}, ${headers.get("helicone-model")}`);
    this.#part("simulated").hidden = headers.get("gateway-simulated") !== "true";
    const dropped = headers.get("gateway-dropped");
    if (dropped) Object.assign(this.#part("dropped"), { hidden: false, textContent: `The provider does not take, and was not sent: ${dropped}` });
  }

  #soFar(answer, estimate) {
    this.#part("waiting").hidden = true;
    if (answer.usage) return;
    const characters = answer.text.length + answer.reasoning.length + answer.toolCalls.reduce((sum, call) => sum + call.function.arguments.length, 0);
    const dollars = estimate(answer.headers, characters);
    this.#fact("tokens", `~${count(tokensOf(characters))} out`);
    this.#fact("cost", dollars === null ? "–" : `~${money(dollars)}`, "An estimate, from the length of the text");
    if (answer.ttft !== null) this.#fact("ttft", duration(answer.ttft));
  }

  #bill({ usage, cost }) {
    this.#fact("tokens", `${count(usage.prompt_tokens ?? 0)} in, ${count(usage.completion_tokens ?? 0)} out`);
    this.#fact("cost", money(cost), cost === null ? "No price is known for this model" : `$${plain(cost)}`);
    this.#part("cost").classList.toggle("unknown", cost === null);
  }

  #calls({ toolCalls }) {
    this.#part("calls").replaceChildren(...toolCalls.filter(Boolean).map((call) => {
      const box = document.createElement("div"), title = document.createElement("p"), name = document.createElement("strong"), text = document.createElement("pre");
      box.className = "call";
      title.className = "small";
      name.textContent = call.function?.name || "A tool";
      text.textContent = laidOut(call.function?.arguments ?? "");
      text.tabIndex = 0;
      title.append(name, " is called ", Object.assign(document.createElement("span"), { className: "muted", textContent: call.id }));
      box.append(title, text);
      return box;
    }));
  }

  #pictures(images) {
    for (const { image_url: { url = "" } = {} } of images) {
      if (url.startsWith("data:image/")) this.#part("pictures").append(Object.assign(document.createElement("img"), { src: url, alt: "A picture in the answer", className: "picture" }));
    }
  }

  #others(choices) {
    for (const { message } of choices) {
      const said = document.createElement("p");
      said.className = "said other";
      said.textContent = typeof message.content === "string" ? message.content : JSON.stringify(message);
      this.#part("others").append(said);
    }
  }

  #fail({ message, type, attempts }) {
    const problem = this.#part("failure"), list = this.#part("attempts");
    problem.hidden = false;
    problem.replaceChildren(Object.assign(document.createElement("strong"), { textContent: type }), ` ${message}`);
    list.hidden = !attempts.length;
    list.replaceChildren(...attempts.map((attempt) => Object.assign(document.createElement("li"), { textContent: `${attempt.source}: ${[attempt.status, attempt.type, attempt.message].filter(Boolean).join(", ")}` })));
  }

  // The record is written when the answer has gone out; the link is there when the record is.
  async #link(id) {
    const link = this.#part("request");
    for (let left = LOOKS; id && left > 0; left--) {
      const { recorded } = await fetch(`/playground/recorded/${encodeURIComponent(id)}`).then((answer) => answer.json()).catch(() => ({}));
      if (recorded) break;
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
    link.hidden = !id;
    link.href = `/requests/${encodeURIComponent(id)}`;
    link.setAttribute("hx-get", link.href);
    window.htmx.process(link);
  }
}

// Adds to the end, and follows it unless somebody scrolled back to read.
function say(place, piece) {
  place.hidden = false;
  const follows = place.scrollHeight - place.scrollTop - place.clientHeight < 40;
  if (place.firstChild) place.firstChild.appendData(piece); else place.append(piece);
  if (follows) place.scrollTop = place.scrollHeight;
}

function laidOut(json) {
  try { return JSON.stringify(JSON.parse(json), null, 2); } catch { return json; }
}
