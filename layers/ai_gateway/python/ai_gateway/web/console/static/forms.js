// Forms and buttons that send JSON to the console's API. `data-send` says what and where ("PUT /api/v1/things/{id}",
// with a field of the form in braces), `data-then` where to go afterwards, likewise ("reload" for here). What is refused
// is shown beside the field that it is about.
import { notify } from "./console.js";

class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? `The gateway answered ${status}.`);
    this.param = error?.param ?? "";
    this.status = status;
  }
}

export async function send(method, path, body, accept = "application/json") {
  const { "x-csrf-token": token } = JSON.parse(document.body.getAttribute("hx-headers"));
  const answer = await fetch(path, {
    method,
    headers: { "x-csrf-token": token, accept, "hx-request": "true", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.status === 401) location.href = `/login?next=${encodeURIComponent(location.pathname + location.search)}`;
  if (!answer.ok) throw new Refused(answer.status, (await answer.json().catch(() => ({}))).error);
  return answer.status === 204 ? null : accept.includes("json") ? answer.json() : answer.text();
}

// The JSON that a form says. Names have dots for parts ("quiet.start"); `data-type` is how a text is to be read (number,
// boolean, list of what commas part, json); groups with `data-item="filter"` are objects of a list, left out while their
// first field is empty; `data-pairs` are the names and values of one object.
export function jsonOf(form) {
  const said = {};
  for (const list of new Set([...form.querySelectorAll("[data-item]")].map((item) => item.dataset.item))) said[list] = [];
  for (const field of form.elements) {
    const item = field.closest("[data-item]");
    if (!field.name || field.disabled || field.type === "submit" || (item && form.contains(item))) continue;
    put(said, field.name, field);
  }
  for (const item of form.querySelectorAll("[data-item]")) {
    const fields = [...item.querySelectorAll("[name]")];
    if (!fields[0].value.trim()) continue;
    const part = {};
    for (const field of fields) put(part, field.name, field);
    said[item.dataset.item].push(part);
  }
  for (const group of form.querySelectorAll("[data-pairs]")) {
    const pairs = [...group.querySelectorAll("[data-pair]")].map((pair) => [pair.querySelector("[data-key]").value.trim(), pair.querySelector("[data-value]").value]);
    said[group.dataset.pairs] = Object.fromEntries(pairs.filter(([key]) => key));
  }
  return said;
}

function put(said, name, field) {
  const value = valueOf(field);
  if (field.type === "checkbox" && field.hasAttribute("value")) {
    said[name] ??= [];
    if (field.checked) said[name].push(field.value);
    return;
  }
  if (value === undefined) return;
  const path = name.split("."), last = path.pop();
  path.reduce((part, key) => (part[key] ??= {}), said)[last] = value;
}

function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (field.type === "radio" && !field.checked) return undefined;
  const text = field.value.trim();
  if (field.dataset.type === "list") return text.split(",").map((part) => part.trim()).filter(Boolean);
  if (text === "") return undefined;
  if (field.dataset.type === "json") return JSON.parse(text);
  const type = field.dataset.types ? typeOf(field) : field.dataset.type;
  if (type === "number" && Number.isFinite(Number(text))) return Number(text);
  return type === "boolean" && (text === "true" || text === "false") ? text === "true" : text;
}

// Of the value of a condition, by the field that it is about.
function typeOf(value) {
  return JSON.parse(value.dataset.types)[value.closest("[data-item]").querySelector("[name=field]").value];
}

function address(template, form) {
  return template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(form.elements[name].value));
}

export function show(form, error) {
  for (const old of form.querySelectorAll(".field-problem")) old.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  if (!error) return;
  const field = error.param && form.querySelector(`[name="${CSS.escape(error.param)}"], [name^="${CSS.escape(error.param)}."]`);
  const told = document.createElement("p");
  told.className = "field-problem problem small";
  told.role = "alert";
  told.textContent = error.message;
  if (field && field.offsetParent) {
    field.setAttribute("aria-invalid", "true");
    field.closest("div, fieldset").append(told);
    field.focus();
  } else {
    (form.querySelector("[data-problem]") ?? form).append(told);
  }
}

async function perform(element, body) {
  const [method, template] = element.dataset.send.split(" "), form = element.form ?? (element.elements && element);
  const at = (path) => (form ? address(path, form) : path);
  const answer = await send(method, at(template), body);
  if (answer?.signing_secret) await reveal(answer.signing_secret);
  if (answer?.sent === false) return notify(`Not sent: ${answer.error}`, "bad");
  if (answer?.sent === true) return notify("Sent");
  const then = element.dataset.then;
  if (then === "reload") location.reload();
  else if (then) location.href = at(then);
  else notify("Saved");
}

// A secret that is shown once stays until it is put away.
function reveal(secret) {
  const box = document.getElementById("secret");
  box.querySelector("[data-secret]").textContent = secret;
  box.showModal();
  return new Promise((resolve) => box.addEventListener("close", resolve, { once: true }));
}

async function busy(button, work) {
  button?.setAttribute("disabled", "");
  try { await work(); } finally { button?.removeAttribute("disabled"); }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-send]")) return;
  event.preventDefault();
  busy(event.submitter, async () => {
    show(form, null);
    try { await perform(form, jsonOf(form)); } catch (error) { show(form, error); }
  });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-send]");
  if (!button || (button.dataset.confirm && !confirm(button.dataset.confirm))) return;
  busy(button, async () => {
    try { await perform(button, button.dataset.body ? JSON.parse(button.dataset.body) : undefined); } catch (error) { notify(error.message, "bad"); }
  });
});

// Groups of a list: one more from the template, and away with one.
document.addEventListener("click", (event) => {
  const more = event.target.closest("[data-more]"), less = event.target.closest("[data-less]");
  if (more) {
    const template = document.getElementById(more.dataset.more);
    more.before(template.content.cloneNode(true));
    more.previousElementSibling.querySelector("input, select").focus();
  } else if (less) {
    const form = less.form;
    less.closest("[data-item], [data-pair]").remove();
    form?.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

// A list whose options say which other fields go with them.
function choose(list) {
  const { shows = "", unit = "" } = list.selectedOptions[0]?.dataset ?? {};
  const shown = new Set(shows.split(" "));
  for (const part of list.form.querySelectorAll("[data-when]")) {
    part.hidden = !shown.has(part.dataset.when);
    for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = part.hidden;
  }
  for (const place of list.form.querySelectorAll("[data-unit-of]")) place.textContent = unit;
}

document.addEventListener("change", (event) => { if (event.target.matches("[data-switch]")) choose(event.target); });
document.querySelectorAll("[data-switch]").forEach(choose);

// What is new is named after its name, until somebody names it otherwise.
document.addEventListener("input", (event) => {
  const id = event.target.form?.elements.id;
  if (!id || id.readOnly) return;
  if (event.target === id) id.dataset.own = "";
  else if (event.target.name === "name" && !("own" in id.dataset)) {
    id.value = event.target.value.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  }
});

// What would come of it, beside the form, as it is filled in.
let timer = 0;
const previewed = document.querySelector("form[data-preview]");

async function preview() {
  const place = document.getElementById("preview");
  place.setAttribute("aria-busy", "true");
  try {
    place.innerHTML = await send("POST", previewed.dataset.preview, withName(jsonOf(previewed)), "text/html");
    place.dispatchEvent(new CustomEvent("console:ready", { bubbles: true }));
  } catch (error) {
    const told = document.createElement("p");
    told.className = "muted";
    told.textContent = error.message;
    place.replaceChildren(told);
  } finally { place.removeAttribute("aria-busy"); }
}

function withName({ id, ...body }) {
  return { ...body, name: body.name ?? "Preview" };
}

if (previewed) {
  for (const kind of ["input", "change"]) previewed.addEventListener(kind, () => { clearTimeout(timer); timer = setTimeout(preview, 600); });
  preview();
}
