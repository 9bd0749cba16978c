// The messages of a request, as rows to be edited. What a row has no field for (a name, reasoning with its signatures) stays
// with its message as it came; content that is more than text and pictures is edited as the JSON it is.
import { notify } from "./console.js";

const LEFT_OUT_WHILE_EMPTY = ["system", "developer", "user"];
const OWN = ["role", "content", "tool_calls", "tool_call_id"];

export class Messages {
  #list;
  #template;
  #changed;

  constructor(list, template, changed) {
    this.#list = list;
    this.#template = template;
    this.#changed = changed;
    list.addEventListener("click", (event) => this.#pressed(event));
    list.addEventListener("change", (event) => this.#picked(event));
    for (const kind of ["paste", "drop"]) list.addEventListener(kind, (event) => this.#taken(event));
    list.addEventListener("dragover", (event) => { if (event.target.closest("[data-message]")) event.preventDefault(); });
  }

  set(messages) {
    this.#list.replaceChildren();
    for (const message of messages) this.add(message, false);
  }

  add(message, focus = true) {
    const row = this.#template.content.firstElementChild.cloneNode(true), { content, role = "user" } = message;
    const part = (name) => row.querySelector(`[data-${name}]`);
    if (![...part("role").options].some((option) => option.value === role)) part("role").append(new Option(role, role));
    part("role").value = role;
    row.rest = Object.fromEntries(Object.entries(message).filter(([name]) => !OWN.includes(name)));
    row.pictures = [];
    const shown = simple(content);
    if (shown) [part("content").value, row.pictures] = [shown.text, shown.pictures];
    else { part("content").value = JSON.stringify(content, null, 2); row.dataset.json = ""; part("content").classList.add("code"); }
    part("calls").value = message.tool_calls?.length ? JSON.stringify(message.tool_calls, null, 2) : "";
    part("call").value = message.tool_call_id ?? "";
    part("rest").textContent = Object.keys(row.rest).length ? `With ${Object.keys(row.rest).join(", ")}, as it came` : "";
    this.#list.append(row);
    this.#show(row);
    if (focus) part("content").focus();
    return row;
  }

  // The messages, and what is wrong with rows: [{ field, message }].
  get() {
    const problems = [], messages = [];
    for (const row of this.#list.children) {
      const message = this.#messageOf(row, problems);
      if (message) messages.push(message);
    }
    return { messages, problems };
  }

  // All rows, also empty ones, to be set again.
  snapshot() {
    return [...this.#list.children].map((row) => this.#messageOf(row, [], true));
  }

  #messageOf(row, problems, keep = false) {
    const part = (name) => row.querySelector(`[data-${name}]`), role = part("role").value;
    const parse = (name) => {
      try { return JSON.parse(part(name).value); } catch (error) { problems.push({ field: part(name), message: `This is not JSON: ${error.message}` }); return undefined; }
    };
    const text = part("content").value, calls = part("calls").value.trim();
    const message = { role, ...row.rest, content: "json" in row.dataset ? parse("content") ?? text : contentOf(text, row.pictures) };
    if (calls && role === "assistant") { message.tool_calls = parse("calls"); if (!message.content) message.content = null; }
    if (role === "tool") message.tool_call_id = part("call").value;
    return keep || message.content || !LEFT_OUT_WHILE_EMPTY.includes(role) ? message : null;
  }

  #show(row) {
    const role = row.querySelector("[data-role]").value;
    row.dataset.role = role;
    row.querySelector("[data-call-of]").hidden = role !== "tool";
    row.querySelector("[data-calls-of]").hidden = role !== "assistant" || !row.querySelector("[data-calls]").value;
    row.querySelector("[data-add-picture]").hidden = role !== "user" || "json" in row.dataset;
    row.querySelector("[data-pictures]").replaceChildren(...row.pictures.map((url, at) => {
      const chip = document.createElement("span"), away = document.createElement("button");
      chip.className = "chip";
      if (url.startsWith("data:")) {
        const picture = document.createElement("img");
        picture.src = url;
        picture.alt = `Picture ${at + 1}`;
        chip.append(picture);
      } else chip.append(Object.assign(document.createElement("span"), { className: "clip", textContent: url }));
      Object.assign(away, { type: "button", className: "quiet", textContent: "×", ariaLabel: `Remove picture ${at + 1}` });
      away.addEventListener("click", () => { row.pictures.splice(at, 1); this.#show(row); this.#changed(); });
      chip.append(away);
      return chip;
    }));
  }

  #pressed(event) {
    const row = event.target.closest("[data-message]"), on = (name) => event.target.closest(`[data-${name}]`);
    if (on("up")) row.previousElementSibling?.before(row);
    else if (on("down")) row.nextElementSibling?.after(row);
    else if (on("remove")) row.remove();
    else if (on("add-url")) this.#addUrl(row, row.querySelector("[data-url]"));
    else return;
    on("up")?.focus();
    on("down")?.focus();
    this.#changed();
  }

  #addUrl(row, field) {
    const url = field.value.trim();
    if (!/^(https?:\/\/|data:image\/)/.test(url)) { notify("A picture's address starts with https://", "bad"); return; }
    field.value = "";
    row.querySelector("[data-add-picture]").open = false;
    row.pictures.push(url);
    this.#show(row);
  }

  #picked(event) {
    const row = event.target.closest("[data-message]");
    if (event.target.matches("[data-role]")) this.#show(row);
    else if (event.target.type === "file") {
      this.#read(row, event.target.files);
      event.target.value = "";
      row.querySelector("[data-add-picture]").open = false;
    }
  }

  #taken(event) {
    const row = event.target.closest("[data-message]"), files = (event.clipboardData ?? event.dataTransfer).files;
    if (!row || !files.length) return;
    event.preventDefault();
    this.#read(row, files);
  }

  async #read(row, files) {
    for (const file of files) {
      if (!file.type.startsWith("image/")) { notify(`${file.name} is no picture.`, "bad"); continue; }
      const reader = new FileReader();
      await new Promise((resolve) => { reader.onloadend = resolve; reader.readAsDataURL(file); });
      if (reader.result) row.pictures.push(reader.result);
    }
    if (row.querySelector("[data-role]").value !== "user") notify("Most models take pictures from users only.");
    this.#show(row);
    this.#changed();
  }
}

// Text and pictures, where content is nothing else.
function simple(content) {
  if (content === null || content === undefined) return { text: "", pictures: [] };
  if (typeof content === "string") return { text: content, pictures: [] };
  const [first, ...others] = content, says = first?.type === "text";
  const pictures = says ? others : content;
  const plain = pictures.every((part) => isOnly(part, ["type", "image_url"]) && isOnly(part.image_url ?? {}, ["url"])) && (!says || isOnly(first, ["type", "text"]));
  return plain && content.length ? { text: says ? first.text : "", pictures: pictures.map((part) => part.image_url.url) } : null;
}

function isOnly(part, names) {
  return typeof part === "object" && Object.keys(part).sort().join() === [...names].sort().join();
}

function contentOf(text, pictures) {
  if (!pictures.length) return text;
  return [...(text ? [{ type: "text", text }] : []), ...pictures.map((url) => ({ type: "image_url", image_url: { url } }))];
}
