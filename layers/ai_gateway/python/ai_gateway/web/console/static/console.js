// What every page does: times in the viewer's zone, the drawer, the keyboard, notices. Charts and the playground are
// modules of their own, loaded by the pages that have them.
import { drawCharts } from "./charts.js";

const TODAY = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const SHORT = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit", second: "2-digit" });
const OTHER_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const LONG = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long", fractionalSecondDigits: undefined });

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const when = new Date(time.dateTime);
    time.dataset.local = "";
    time.title = `${LONG.format(when)} (${when.toISOString()})`;
    const now = new Date();
    const format = when.toDateString() === now.toDateString() ? TODAY : when.getFullYear() === now.getFullYear() ? SHORT : OTHER_YEAR;
    time.textContent = format.format(when);
  }
}

export function notify(text, kind = "") {
  // What is said again and again, as a live list without a gateway does, stands there once.
  for (const said of document.querySelectorAll("#notices > .notice")) if (said.textContent === text) said.remove();
  const notice = document.createElement("p");
  notice.className = `notice ${kind}`;
  notice.textContent = text;
  document.getElementById("notices")?.append(notice);
  setTimeout(() => notice.remove(), 6000);
}

const drawer = document.getElementById("drawer");

// What is open in the drawer stands in the address, to be sent to others; going back closes it.
function openDrawer(opener) {
  drawer.opener = opener;
  if (drawer.open) return;
  drawer.showModal();
  const link = opener?.closest("a[href]");
  if (link) history.pushState({ drawer: true }, "", link.href);
}

const loaded = location.pathname;

window.addEventListener("popstate", () => {
  if (drawer?.open) drawer.close();
  else if (location.pathname !== loaded) location.reload();
});

function ready(root) {
  localTimes(root);
  drawCharts(root);
}

async function copy(button) {
  const source = button.dataset.copy ? document.querySelector(button.dataset.copy)?.textContent : button.dataset.text;
  await navigator.clipboard.writeText(source ?? "");
  notify("Copied");
}

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-copy], [data-text]")) copy(on("[data-copy], [data-text]"));
  else if (on("[data-theme-switch]")) switchTheme();
  else if (on("[data-menu]")) toggleMenu(on("[data-menu]"));
  else if (on("[data-opens]")) document.getElementById(on("[data-opens]").dataset.opens).showModal();
  else if (on("[data-close]")) on("dialog").close();
  else if (event.target === drawer) drawer.close();
  else if (on("tr[tabindex]") && !on("a, button")) on("tr[tabindex]").querySelector("a, [hx-get]")?.click();
});

// Menus close when something else is pressed.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

function switchTheme() {
  const root = document.documentElement;
  const order = ["", "light", "dark"];
  const next = order[(order.indexOf(root.dataset.theme ?? "") + 1) % order.length];
  if (next) root.dataset.theme = next;
  else delete root.dataset.theme;
  localStorage.setItem("theme", next);
  notify(next ? `Theme: ${next}` : "Theme: as the system is");
  drawCharts(document, true);
}

function toggleMenu(button) {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
}

let leader = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "g") {
    leader = Date.now();
  } else if (Date.now() - leader < 1200 && !drawer?.open) {
    leader = 0;
    document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`)?.click();
  } else if (event.key === "?") {
    document.getElementById("keys")?.showModal();
  } else if (event.key === "/") {
    const field = document.querySelector("main input[type=search], main [data-search]");
    if (field) { event.preventDefault(); field.focus(); }
  } else if ((event.key === "j" || event.key === "k") && !drawer?.open) {
    step(event.key === "j" ? 1 : -1);
  } else if (event.key === "Enter" && event.target.matches("tr[tabindex]")) {
    event.target.querySelector("a, [hx-get]")?.click();
  }
});

function step(by) {
  const rows = [...document.querySelectorAll("main tr[tabindex]")];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? 0 : at + by))].focus();
}

document.addEventListener("htmx:afterSwap", (event) => {
  ready(event.detail.target);
  if (event.detail.target.id === "drawer-content" && event.detail.target.childElementCount) {
    openDrawer(event.detail.requestConfig?.elt);
  }
});
document.addEventListener("console:ready", (event) => ready(event.target));
document.addEventListener("htmx:sendError", () => notify("The gateway is not within reach.", "bad"));
document.addEventListener("htmx:responseError", (event) => {
  let message = "";
  try { message = JSON.parse(event.detail.xhr.responseText).error.message; } catch { message = `The gateway answered ${event.detail.xhr.status}.`; }
  notify(message, "bad");
});
drawer?.addEventListener("close", () => {
  if (history.state?.drawer && location.pathname !== loaded) history.back();
  document.getElementById("drawer-content").replaceChildren();
  // A list that renews itself has another row in the place of the one that was opened.
  const row = drawer.opener?.closest("tr[id]");
  (row ? document.getElementById(row.id) : drawer.opener?.closest("tr, a, button"))?.focus();
  drawer.dispatchEvent(new CustomEvent("drawer:closed", { bubbles: true }));
});

const login = document.querySelector("[data-login]");
if (login && location.hash.length > 1) {
  login.elements.key.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
  login.requestSubmit();
}

ready(document);
