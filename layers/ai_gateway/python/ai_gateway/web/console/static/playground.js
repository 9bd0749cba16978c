// The playground: one request as it is put together, sent to a model or two, kept over reloads in this tab.
import { access } from "./access.js";
import { AnswerCard } from "./answers.js";
import { count } from "./amounts.js";
import { notify } from "./console.js";
import { send, show } from "./forms.js";
import { Messages } from "./messages.js";
import { charactersOf, Models, tokensOf } from "./models.js";
import { fieldsOf, requestOf } from "./requestform.js";
import { run } from "./runs.js";
import { curlOf, pythonOf } from "./snippets.js";
import { Variables } from "./variables.js";

const KEPT = "playground";
const BLANK = { fields: { model: "gpt-4o-mini", stream: true }, messages: [{ role: "user", content: "" }] };
const form = document.getElementById("playground"), lanes = document.getElementById("answers");
const messages = new Messages(document.querySelector("[data-messages]"), document.getElementById("message"), changed);
const variables = new Variables(document.querySelector("[data-variables]"), changed);
const models = new Models();
let running = null, origin = null, timer = 0;

// What is asked, and what is wrong with it: [{ field, message }].
function asked() {
  const { messages: said, problems } = messages.get(), request = requestOf(form);
  return { body: { ...request.body, messages: said }, problems: [...problems, ...request.problems] };
}

function put({ fields, messages: said, inputs = {}, fills = true, from = null }) {
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") field.checked = Boolean(fields[field.name]);
    else field.value = fields[field.name] ?? "";
  }
  messages.set(said);
  variables.set(inputs, fills);
  origin = from;
  compare(Boolean(fields.second));
  for (const part of form.querySelectorAll("details[data-open-with]")) part.open = part.dataset.openWith.split(" ").some((name) => fields[name]);
  changed();
}

function snapshot() {
  const fields = {};
  for (const field of form.elements) if (field.name) fields[field.name] = field.type === "checkbox" ? field.checked : field.value;
  return { fields, messages: messages.snapshot(), ...variables.snapshot(), from: origin };
}

function changed() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    keep();
    const { body } = asked();
    variables.look(body);
    document.querySelector("[data-size]").textContent = `~${count(tokensOf(charactersOf([body.messages, body.tools])))} tokens to send`;
  }, 250);
  form.querySelector("[data-when-schema]").hidden = form.elements.response_format.value !== "json_schema";
}

function keep() {
  try { sessionStorage.setItem(KEPT, JSON.stringify(snapshot())); } catch { notify("This is too large to survive a reload of the page."); }
}

function compare(on) {
  form.querySelector("[data-second]").hidden = !on;
  form.elements.second.disabled = !on;
  document.querySelector("[data-compare]").setAttribute("aria-pressed", String(on));
}

function wrong({ field, message }) {
  show(form, null);
  field.closest("details")?.setAttribute("open", "");
  const told = Object.assign(document.createElement("p"), { className: "field-problem problem small", role: "alert", textContent: message });
  field.setAttribute("aria-invalid", "true");
  field.after(told);
  field.focus();
}

async function start() {
  const { body, problems } = asked();
  if (!body.messages.length && !body.prompt_id) problems.push({ field: form.querySelector("[data-content]") ?? form.querySelector("[data-add]"), message: "There is nothing to send yet. Say something." });
  if (problems.length) { wrong(problems[0]); return; }
  show(form, null);
  const filled = await variables.fill(body);
  if (filled === null) return;
  const wanted = [form.elements.model, form.elements.second].filter((field) => !field.disabled).map((field) => field.value.trim()).filter(Boolean);
  const characters = charactersOf([filled.messages, filled.tools]);
  running = new AbortController();
  busy(true);
  lanes.replaceChildren();
  lanes.classList.toggle("two", wanted.length > 1);
  const answers = wanted.map((model) => answer({ ...filled, model }, characters, running.signal));
  if (lanes.getBoundingClientRect().top > innerHeight / 2) lanes.scrollIntoView();
  await Promise.all(answers);
  busy(false);
}

async function answer(body, characters, signal) {
  const card = new AnswerCard(document.getElementById("answer"), { continued, answered });
  lanes.append(card.root);
  const told = card.begin(body.model, (headers, out) => models.estimate(headers, characters, out));
  card.finish(await run(body, { ...access, signal, ...told }));
}

function busy(on) {
  form.querySelector("[data-run]").disabled = on;
  form.querySelector("[data-stop]").hidden = !on;
}

function continued(message) {
  messages.add(message, false);
  messages.add({ role: "user", content: "" });
  changed();
}

function answered(message, calls) {
  messages.add(message, false);
  const [first] = calls.map((call) => messages.add({ role: "tool", tool_call_id: call.id, content: "" }, false));
  first.querySelector("[data-content]").focus();
  changed();
}

function suggest(field) {
  field.list.replaceChildren(...models.suggestions(field.value).map((name) => Object.assign(document.createElement("option"), { value: name })));
}

async function copied(kind) {
  const { body, problems } = asked();
  if (problems.length) { wrong(problems[0]); return; }
  await navigator.clipboard.writeText((kind === "curl" ? curlOf : pythonOf)(body, access.gateway));
  notify(`Copied as ${kind === "curl" ? "curl" : "Python"}`);
}

// What an address asks for: a recorded request, a stored prompt, a model.
async function opened(query) {
  if (query.has("request")) return fromRequest(query.get("request"));
  if (query.has("prompt")) return fromPrompt(query.get("prompt"), query.get("version"), query.get("environment") ?? "production");
  if (query.has("model")) { const was = kept() ?? BLANK; return { ...was, fields: { ...was.fields, model: query.get("model") } }; }
  return null;
}

async function fromRequest(id) {
  const record = await send("GET", `/api/v1/requests/${encodeURIComponent(id)}`);
  const { request } = record, chat = Array.isArray(request?.messages);
  const link = Object.assign(document.createElement("a"), { href: `/requests/${encodeURIComponent(id)}`, textContent: "a request" });
  const missing = request === null ? "Its body was not kept, so only the model is here." : "It is no chat that can be edited here; only the model is.";
  tell("Opened from ", link, chat ? "." : `. ${missing}`);
  if (!chat) return { ...BLANK, fields: { ...BLANK.fields, model: record.model_asked } };
  return { ...fieldsOf(request), messages: request.messages, fills: false };
}

async function fromPrompt(id, version, environment) {
  const path = `/api/v1/prompts/${encodeURIComponent(id)}`, prompt = await send("GET", path);
  const wanted = version ?? prompt.environments[environment]?.version ?? prompt.latest;
  const { body } = await send("GET", wanted === "draft" ? `${path}/draft` : `${path}/versions/${encodeURIComponent(wanted)}`);
  const link = Object.assign(document.createElement("a"), { href: `/prompts/${encodeURIComponent(id)}`, textContent: prompt.name });
  tell("Opened from the prompt ", link, `, ${wanted === "draft" ? "its draft" : `version ${wanted}`}.`);
  const { fields, messages: said } = { ...fieldsOf({ model: BLANK.fields.model, stream: true, ...body }), messages: body.messages ?? [] };
  return { fields, messages: said, from: { prompt: id, base: wanted === "draft" ? null : wanted } };
}

function tell(...parts) {
  const place = document.querySelector("[data-opened]");
  place.replaceChildren(...parts);
  place.hidden = false;
}

function kept() {
  try { return JSON.parse(sessionStorage.getItem(KEPT)); } catch { return null; }
}

async function open() {
  let found = null;
  try { found = await opened(new URLSearchParams(location.search)); } catch (error) { notify(error.message, "bad"); }
  // From now on a reload brings back what was made of it.
  if (location.search) history.replaceState(null, "", location.pathname);
  put(found ?? kept() ?? BLANK);
  document.querySelector("[data-content]")?.focus();
}

const saving = document.getElementById("save");

async function offerToSave() {
  const { body, problems } = asked();
  if (problems.length) { wrong(problems[0]); return; }
  const list = saving.querySelector("[name=prompt]");
  try {
    const { data } = await send("GET", "/api/v1/prompts?limit=1000");
    list.replaceChildren(new Option("A new prompt", ""), ...data.map(({ id, name }) => new Option(name === id ? id : `${name} (${id})`, id)));
  } catch (error) { notify(error.message, "bad"); return; }
  list.value = origin?.prompt ?? "";
  if (list.selectedIndex < 0) list.value = "";
  saving.body = body;
  named();
  show(saving.querySelector("form"), null);
  saving.showModal();
}

function named() {
  const isNew = !saving.querySelector("[name=prompt]").value, name = saving.querySelector("[name=name]");
  saving.querySelector("[data-new]").hidden = !isNew;
  name.disabled = !isNew;
}

async function save(event) {
  event.preventDefault();
  const { prompt, name, message, environment } = Object.fromEntries(new FormData(event.target)), { stream, ...body } = saving.body;
  show(event.target, null);
  try {
    const base = origin?.prompt === prompt ? origin?.base : null;
    const saved = prompt
      ? await send("POST", `/api/v1/prompts/${encodeURIComponent(prompt)}/versions`, { body, message, ...(base ? { base } : {}), ...(environment ? { environment } : {}) })
      : await send("POST", "/api/v1/prompts", { name, body, ...(message ? { message } : {}), environments: environment ? [environment] : [] });
    origin = { prompt: saved.prompt.id, base: saved.version.version };
    saving.close();
    keep();
    notify(`Saved as version ${saved.version.version} of ${saved.prompt.name}`);
  } catch (error) { show(event.target, error); }
}

form.addEventListener("submit", (event) => { event.preventDefault(); if (!running || form.querySelector("[data-stop]").hidden) start(); });
for (const kind of ["input", "change"]) form.addEventListener(kind, changed);
form.addEventListener("click", ({ target }) => {
  if (target.closest("[data-stop]")) running?.abort();
  else if (target.closest("[data-add]")) { messages.add({ role: target.closest("[data-add]").dataset.add, content: "" }); changed(); }
  else if (target.closest("[data-no-second]")) { form.elements.second.value = ""; compare(false); changed(); }
});
addEventListener("pagehide", keep);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !saving.open) { event.preventDefault(); form.requestSubmit(); }
});
document.querySelector("[data-compare]").addEventListener("click", () => {
  compare(form.elements.second.disabled);
  if (form.elements.second.disabled) form.elements.second.value = ""; else form.elements.second.focus();
  changed();
});
document.querySelector("[data-reset]").addEventListener("click", () => { running?.abort(); lanes.replaceChildren(); document.querySelector("[data-opened]").hidden = true; put(BLANK); });
document.querySelector("[data-save]").addEventListener("click", offerToSave);
for (const button of document.querySelectorAll("[data-snippet]")) button.addEventListener("click", () => copied(button.dataset.snippet));
saving.querySelector("[name=prompt]").addEventListener("change", named);
saving.querySelector("form").addEventListener("submit", save);
for (const field of [form.elements.model, form.elements.second]) {
  for (const kind of ["focus", "input"]) field.addEventListener(kind, () => suggest(field));
}
models.load().then(() => { suggest(form.elements.model); suggest(form.elements.second); });
open();
