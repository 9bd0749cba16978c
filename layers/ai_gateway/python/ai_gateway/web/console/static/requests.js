// The list of requests: live tail, saved views, deleting. Views are addresses under a name, and this browser's own.
import { notify } from "./console.js";

const EVERY = 1500;
const VIEWS = "requests.views";
const live = document.querySelector("[data-live]");
const list = document.getElementById("rows");
let timer = 0;

async function refresh() {
  if (document.hidden || document.querySelector("details.menu[open]")) return;
  const known = new Set([...document.querySelectorAll("#rows tr[id]")].map((row) => row.id));
  // What failed is told by a notice already; the next time may be better.
  const came = await window.htmx.ajax("GET", live.dataset.live, { target: "#rows", swap: "innerHTML" }).then(() => true, () => false);
  if (!came) return;
  const rows = [...document.querySelectorAll("#rows tr[id]")];
  for (const row of rows) row.classList.toggle("new", !known.has(row.id));
  document.querySelector("[data-list]").classList.toggle("gone", !rows.length);
  if (rows.length) document.querySelector("main > .empty")?.remove();
}

// Who scrolled down goes on looking at the same row; at the top of the list new rows push the others down.
let inSight = null;

function topOf(element) { return element.getBoundingClientRect().top; }

list?.addEventListener("htmx:beforeSwap", (event) => {
  const rows = event.detail.target === list && topOf(list) < 0 ? [...list.querySelectorAll("tr[id]")] : [];
  const row = rows.find((one) => topOf(one) >= 0);
  inSight = row && { id: row.id, top: topOf(row) };
});

list?.addEventListener("htmx:afterSwap", () => {
  const row = inSight && document.getElementById(inSight.id);
  if (row) window.scrollBy({ top: topOf(row) - inSight.top, behavior: "instant" });
  inSight = null;
});

async function tail() {
  try { await refresh(); } finally {
    if (live.getAttribute("aria-pressed") === "true") timer = setTimeout(tail, EVERY);
  }
}

function setLive(on) {
  clearTimeout(timer);
  live.setAttribute("aria-pressed", String(on));
  const address = new URL(location.href);
  if (on) address.searchParams.set("live", "true"); else address.searchParams.delete("live");
  address.searchParams.delete("cursor");
  history.replaceState(null, "", address);
  if (on) tail();
}

live?.addEventListener("click", () => setLive(live.getAttribute("aria-pressed") !== "true"));
if (live?.getAttribute("aria-pressed") === "true") tail();

// Older rows and a list that renews itself do not go together.
list?.addEventListener("click", (event) => {
  if (event.target.closest("tr.more button")) setLive(false);
});

function views() {
  try { return JSON.parse(localStorage.getItem(VIEWS) ?? "{}"); } catch { return {}; }
}

function keep(changed) {
  localStorage.setItem(VIEWS, JSON.stringify(changed));
  showViews();
}

function showViews() {
  const list = document.querySelector("[data-views]");
  if (!list) return;
  list.replaceChildren(...Object.entries(views()).map(([name, query]) => {
    const row = document.createElement("li"), link = document.createElement("a"), forget = document.createElement("button");
    link.href = `/requests?${query}`;
    link.textContent = name;
    forget.type = "button";
    forget.className = "quiet";
    forget.textContent = "Forget";
    forget.setAttribute("aria-label", `Forget the view ${name}`);
    forget.addEventListener("click", () => { const left = views(); delete left[name]; keep(left); });
    row.append(link, forget);
    return row;
  }));
}

document.querySelector("[data-view-form]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URLSearchParams(location.search);
  address.delete("cursor");
  keep({ ...views(), [event.target.elements.name.value]: address.toString() });
  event.target.reset();
  notify("The view is saved in this browser.");
});

// What was left empty does not belong into the address, nor a range that a link brought when a period is chosen instead.
document.querySelector("[data-filters]")?.addEventListener("formdata", (event) => {
  if (event.formData.get("last")) for (const name of ["since", "until"]) event.formData.delete(name);
  for (const name of new Set(event.formData.keys())) {
    const told = event.formData.getAll(name).filter((value) => value !== "");
    event.formData.delete(name);
    for (const value of told) event.formData.append(name, value);
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  const row = event.detail.elt.dataset?.delete;
  if (!row || !event.detail.successful) return;
  notify("The request is deleted.");
  if (!document.getElementById("rows")) { location.assign("/requests"); return; }
  document.getElementById(row)?.remove();
  document.getElementById("drawer").close();
});

showViews();
