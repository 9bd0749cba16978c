// The editor of a prompt: fields that become a body, saved as a draft while it is written, with its inputs and what it
// makes of them beside it.
import { send, show } from "./forms.js";
import { notify } from "./console.js";
import { bodyOf, fieldOf, fieldsOf, inputOf, messageOf } from "./prompt_body.js";

const SAVE_AFTER = 1200, LOOK_AFTER = 400;
const editor = document.getElementById("editor");
const state = JSON.parse(editor.dataset.state);
const api = `/api/v1/prompts/${state.id}`;
const messages = document.getElementById("messages");
const conflict = document.getElementById("conflict");
const told = document.querySelector("#state [data-told]"), badge = document.querySelector("#state [data-badge]");

// What the page says now.

function rowOf(message) {
  const row = document.getElementById("a-message").content.cloneNode(true).firstElementChild;
  fill(row, message);
  return row;
}

function fill(row, message) {
  const role = row.querySelector("[data-role]"), text = row.querySelector("[data-text]"), isJson = message.json !== undefined;
  row.toggleAttribute("data-is-json", isJson);
  role.hidden = isJson;
  row.querySelector("[data-json-note]").hidden = !isJson;
  text.classList.toggle("code", isJson);
  text.value = isJson ? message.json : message.text;
  text.setAttribute("aria-label", isJson ? "Message as JSON" : "Text");
  if (isJson) return;
  if (![...role.options].some((option) => option.value === message.role)) role.add(new Option(message.role));
  role.value = message.role;
}

function said(row) {
  const text = row.querySelector("[data-text]").value;
  return row.hasAttribute("data-is-json") ? { json: text } : { role: row.querySelector("[data-role]").value, text };
}

function put(fields) {
  messages.replaceChildren(...fields.messages.map(rowOf));
  document.getElementById("e-model").value = fields.model;
  for (const field of editor.querySelectorAll("[data-parameter]")) {
    const value = fields.parameters[field.dataset.parameter] ?? "";
    if (field.options && ![...field.options].some((option) => option.value === value)) field.add(new Option(value));
    field.value = value;
  }
  for (const field of editor.querySelectorAll("[data-json]")) {
    field.value = fields[field.dataset.json];
    field.closest("details").open = field.value !== "";
  }
}

function fields() {
  const of = (name, attribute) => Object.fromEntries([...editor.querySelectorAll(`[data-${name}]`)].map((field) => [field.dataset[attribute], field.value]));
  return { messages: [...messages.children].map(said), model: document.getElementById("e-model").value, parameters: of("parameter", "parameter"), ...of("json", "json") };
}

// Problems, beside what they are about.

function place(field) {
  const message = /^messages\[(\d+)\]$/.exec(field);
  return (message && messages.children[message[1]]) || (field && editor.querySelector(`[data-field="${CSS.escape(field)}"]`));
}

function problems(found) {
  for (const old of editor.querySelectorAll(".field-problem:not([data-input] *)")) old.remove();
  for (const field of editor.querySelectorAll("[data-field] [aria-invalid], .message [aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const { field, message } of found) {
    const at = place(field) || place("messages");
    if (at.tagName === "DETAILS") at.open = true;
    const words = document.createElement("p");
    words.className = "field-problem problem small";
    words.textContent = message;
    at.append(words);
    if (field !== "messages") at.querySelector("textarea, input, select")?.setAttribute("aria-invalid", "true");
  }
}

// The draft: saved when nobody typed for a moment, onto the one that this page knows.

let saving = null, timer = 0, dirty = false, waits = false;

function tell(words, kind = "") {
  told.className = kind === "bad" ? "problem small" : "muted small";
  told.textContent = words;
}

function changed() {
  dirty = true;
  if (!waits) tell("Editing…");
  clearTimeout(timer);
  timer = setTimeout(save, SAVE_AFTER);
  look();
}

async function save() {
  clearTimeout(timer);
  if (saving) { await saving; }
  if (!dirty || waits) return;
  if (state.draft && !state.editsDraft) { ask(`There is a draft of ${state.draft.author}, on version ${state.draft.base}, saved ${time(state.draft.saved)}.`, "Open that draft", "Replace it with this"); return; }
  const { body, problems: found } = bodyOf(fields());
  if (found.length) { tell("Not saved: a field is no JSON, or no number.", "bad"); return; }
  dirty = false;
  saving = store(body).finally(() => { saving = null; });
  await saving;
}

async function store(body) {
  tell("Saving…");
  try {
    const draft = await send("PUT", `${api}/draft`, { body, base: state.base, revision: state.draft?.revision ?? 0 });
    state.draft = draft;
    state.editsDraft = true;
    badge.textContent = `draft on ${draft.base}`;
    badge.className = "badge warn";
    document.querySelector("[data-discard]").hidden = false;
    tell(`saved ${time(draft.saved)}`);
  } catch (error) {
    dirty = true;
    if (error.status === 409) await meet();
    else tell(`Not saved: ${error.message}`, "bad");
  }
}

function time(moment) {
  return new Intl.DateTimeFormat(undefined, { timeStyle: "short", ...(new Date(moment).toDateString() === new Date().toDateString() ? {} : { dateStyle: "medium" }) }).format(new Date(moment));
}

// Somebody else saved or discarded the draft since this page read it.
async function meet() {
  let theirs = null;
  try { theirs = await send("GET", `${api}/draft`); } catch (error) { if (error.status !== 404) { tell(`Not saved: ${error.message}`, "bad"); return; } }
  state.draft = theirs;
  state.editsDraft = false;
  if (theirs) ask(`${theirs.author} saved this draft at ${time(theirs.saved)}, after you opened it. Yours is not saved.`, "Load theirs", "Keep mine");
  else ask("The draft was discarded or saved as a version since you opened it. Yours is not saved.", "Load what is there", "Keep mine");
}

function ask(question, theirs, mine) {
  waits = true;
  conflict.querySelector("[data-conflict]").textContent = question;
  conflict.querySelector("[data-theirs]").textContent = theirs;
  conflict.querySelector("[data-mine]").textContent = mine;
  conflict.hidden = false;
  tell("Not saved.", "bad");
}

conflict.querySelector("[data-theirs]").addEventListener("click", () => {
  dirty = false;
  location.href = `/prompts/${state.id}`;
});
conflict.querySelector("[data-mine]").addEventListener("click", () => {
  conflict.hidden = true;
  waits = false;
  state.editsDraft = true;
  dirty = true;
  save();
});

document.querySelector("[data-discard]").addEventListener("click", async () => {
  if (!confirm("Discard the draft? The version it began from stays.")) return;
  clearTimeout(timer);
  await saving;
  dirty = false;
  await send("DELETE", `${api}/draft`);
  location.href = `/prompts/${state.id}?version=${state.base}`;
});

addEventListener("beforeunload", (event) => { if (dirty || saving) event.preventDefault(); });

// A version, of what is here.

const dialog = document.getElementById("save");

document.querySelector("[data-save]").addEventListener("click", async () => {
  const { problems: found } = bodyOf(fields());
  problems(found);
  if (found.length) { notify("A field is no JSON, or no number.", "bad"); return; }
  show(dialog.querySelector("form"), null);
  dialog.showModal();
});

dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, button = event.submitter;
  button?.setAttribute("disabled", "");
  show(form, null);
  try {
    await save();
    if (waits) { dialog.close(); conflict.scrollIntoView({ block: "center" }); return; }
    if (dirty) { show(form, { message: told.textContent }); return; }
    const { message, major, tags, publish } = form.elements;
    // What the draft holds, and with it the draft, unless nothing was edited.
    const what = state.editsDraft && state.draft ? {} : { body: bodyOf(fields()).body };
    const answer = await send("POST", `${api}/versions`, {
      ...what, message: message.value.trim(), major: major.value === "true", base: state.base, revision: state.revision,
      tags: tags.value.split(",").map((tag) => tag.trim()).filter(Boolean),
    });
    dirty = false;
    const version = answer.version.version;
    location.href = publish.checked ? `/prompts/${state.id}/publish?version=${version}` : `/prompts/${state.id}?version=${version}`;
  } catch (error) {
    if (error.status === 409) await tellWho(form);
    else refused(form, error);
  } finally { button?.removeAttribute("disabled"); }
});

// Who was faster, and that saving again is on top of theirs.
async function tellWho(form) {
  const [prompt, [newest]] = await Promise.all([send("GET", api), send("GET", `${api}/versions`)]);
  state.revision = prompt.revision;
  show(form, { message: `The prompt was changed meanwhile: its newest version is ${newest.version}, by ${newest.author}, ${time(newest.created)}. Save again to add yours after it.` });
}

function refused(form, error) {
  const field = fieldOf(error.param, fields());
  if (!field) { show(form, error); return; }
  dialog.close();
  problems([{ field, message: error.message }]);
  place(field)?.scrollIntoView({ block: "center" });
}

// Inputs: the variables as they are found, and what was typed for them, kept in this tab.

const KEPT = `prompt.inputs.${state.id}`;
const inputs = document.getElementById("inputs");
let variables = [], kept = {};
try { kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}"); } catch { kept = {}; }

function showInputs(found) {
  const described = JSON.stringify(found);
  if (described === JSON.stringify(variables)) return;
  variables = found;
  const focused = document.activeElement?.closest("[data-input]")?.dataset.input;
  inputs.replaceChildren(...(found.length ? found.map(inputRow) : [note("The text has no variables.")]));
  if (focused) inputs.querySelector(`[data-input="${CSS.escape(focused)}"] [data-value]`)?.focus();
}

function inputRow(variable, index) {
  const row = document.createElement("div"), label = document.createElement("label");
  row.dataset.input = variable.name;
  const field = document.createElement(variable.type === "boolean" ? "select" : variable.type === "number" ? "input" : "textarea");
  field.id = `input-${index}`;
  field.dataset.value = "";
  label.htmlFor = field.id;
  label.textContent = `${variable.name}, ${variable.type}${variable.default === null ? "" : ", or its default"}`;
  if (variable.type === "boolean") field.append(new Option(variable.default === null ? "not given" : `default: ${variable.default}`, ""), new Option("true"), new Option("false"));
  else field.placeholder = variable.default ?? { number: "a number", json: "JSON, such as {\"a\": 1}", string: "a text" }[variable.type];
  if (variable.type === "json") { field.className = "code"; field.spellcheck = false; } else if (field.tagName === "TEXTAREA") field.className = "line";
  if (variable.type === "number") field.inputMode = "decimal";
  field.value = kept[variable.name] ?? "";
  row.append(label, field);
  return row;
}

// {inputs, whole}: `whole` is false where one cannot be read; it is told beside it.
export function inputsGiven() {
  const given = {};
  let whole = true;
  variables.forEach((variable) => {
    const row = inputs.querySelector(`[data-input="${CSS.escape(variable.name)}"]`);
    const typed = kept[variable.name];
    let problem = "";
    try {
      const value = typed === undefined ? undefined : inputOf(variable, typed);
      if (value !== undefined) given[variable.name] = value;
    } catch (error) { problem = `This is no JSON: ${error.message}`; whole = false; }
    mark(row, problem);
  });
  return { inputs: given, whole };
}

function mark(row, problem) {
  row?.querySelector(".field-problem")?.remove();
  row?.querySelector("[data-value]").toggleAttribute("aria-invalid", false);
  if (!row || !problem) return;
  const words = note(problem);
  words.className = "field-problem problem small";
  row.append(words);
  row.querySelector("[data-value]").setAttribute("aria-invalid", "true");
}

inputs.addEventListener("input", (event) => {
  kept[event.target.closest("[data-input]").dataset.input] = event.target.value;
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  look();
});

// What is sent, looked at again when nobody typed for a moment; an answer that is late is not shown.

const preview = document.getElementById("preview");
let looking = 0, lookTimer = 0;

function look() {
  clearTimeout(lookTimer);
  lookTimer = setTimeout(lookNow, LOOK_AFTER);
}

async function lookNow() {
  const turn = ++looking;
  const { body, problems: found } = bodyOf(fields());
  problems(found);
  const { inputs: given, whole } = inputsGiven();
  if (found.length || !whole) { explain(found.length ? "A field cannot be read." : "An input cannot be read."); return; }
  preview.setAttribute("aria-busy", "true");
  try {
    const shown = await send("POST", "/prompts/preview", { body, inputs: given }, "text/html");
    if (turn !== looking) return;
    preview.innerHTML = shown;
    const { variables: asked, problem } = JSON.parse(preview.querySelector("[data-looked]").dataset.looked);
    if (asked) showInputs(asked);
    // A variable that is new here may have been typed for before.
    if (asked && JSON.stringify(inputsGiven().inputs) !== JSON.stringify(given)) lookNow();
    else if (problem) wrong(problem);
  } catch (error) {
    if (turn === looking) explain(error.message);
  } finally { if (turn === looking) preview.removeAttribute("aria-busy"); }
}

function wrong({ message, param }) {
  const input = /^inputs\.(.*)/.exec(param)?.[1];
  if (input === undefined) problems([{ field: fieldOf(param, fields()) || "messages", message }]);
  else if (kept[input]) mark(inputs.querySelector(`[data-input="${CSS.escape(input)}"]`), message);
}

function explain(words) {
  preview.replaceChildren(note(words));
  preview.removeAttribute("aria-busy");
}

function note(words) {
  const told_ = document.createElement("p");
  told_.className = "muted";
  told_.textContent = words;
  return told_;
}

// Messages: one more, away, up and down, text or JSON.

editor.addEventListener("input", (event) => { if (!event.target.closest("[data-input], [data-run]")) changed(); });

document.querySelector("[data-add]").addEventListener("click", () => {
  const last = messages.lastElementChild, before = last ? said(last).role : undefined;
  const row = rowOf({ role: before === undefined && !last ? "system" : before === "user" ? "assistant" : "user", text: "" });
  messages.append(row);
  row.querySelector("[data-text]").focus();
  changed();
});

messages.addEventListener("click", (event) => {
  const button = event.target.closest("button"), row = button?.closest("[data-message]");
  if (!row) return;
  if (button.matches("[data-remove]")) {
    (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("[data-text]").focus();
    row.remove();
  } else if (button.matches("[data-move]")) {
    if (button.dataset.move === "-1") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    button.focus();
  } else if (!turned(row)) return;
  changed();
});

function turned(row) {
  const now = said(row);
  if (now.json === undefined) { fill(row, { json: JSON.stringify({ role: now.role, content: now.text }, null, 2) }); return true; }
  let text = null;
  try { text = messageOf(JSON.parse(now.json)); } catch { text = null; }
  if (text === null || text.json !== undefined) { notify("This message is more than a role and a text: it stays JSON.", "bad"); return false; }
  fill(row, text);
  return true;
}

// For what runs it: the body as it would be sent, or nothing where a field or an input is wrong, which is told.
export async function filledIn() {
  const { body, problems: found } = bodyOf(fields());
  problems(found);
  const { inputs: given, whole } = inputsGiven();
  if (found.length || !whole) return null;
  try {
    return (await send("POST", "/api/v1/prompts/preview", { body, inputs: given })).request;
  } catch (error) {
    wrong(error);
    throw error;
  }
}

put(fieldsOf(state.body));
lookNow();
