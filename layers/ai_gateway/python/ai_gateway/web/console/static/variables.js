// The variables of a request whose messages are templates, as stored prompts have them: found as it is typed, with a field
// for each input, and filled in by the console before the request is sent.
import { send } from "./forms.js";

export class Variables {
  #root;
  #inputs = {};
  #looked = "";

  constructor(root, changed) {
    this.#root = root;
    root.addEventListener("input", ({ target }) => {
      if (target.dataset.input) this.#inputs[target.dataset.input] = target.value;
      changed();
    });
  }

  set(inputs, fills) {
    this.#inputs = { ...inputs };
    this.#looked = "";
    this.#fills.checked = fills;
    this.#root.hidden = true;
    this.#list.replaceChildren();
  }

  snapshot() {
    return { inputs: this.#inputs, fills: this.#fills.checked };
  }

  async look(body) {
    const text = JSON.stringify(templatesOf(body));
    this.#root.hidden = !text.includes("{{");
    this.#list.hidden = !this.#fills.checked;
    if (this.#root.hidden || !this.#fills.checked || text === this.#looked) return;
    this.#looked = text;
    try {
      const { variables } = await send("POST", "/api/v1/prompts/variables", { body: templatesOf(body) });
      this.#show(variables);
      this.#problem("");
    } catch (error) { this.#problem(error.message); }
  }

  // The request with its variables filled in; null where that fails, which is told.
  async fill(body) {
    await this.look(body);
    if (this.#root.hidden || !this.#fills.checked) return body;
    try {
      const { request } = await send("POST", "/api/v1/prompts/preview", { body: templatesOf(body), inputs: this.#values() });
      this.#problem("");
      return { ...body, ...request };
    } catch (error) {
      this.#problem(error.message);
      this.#list.querySelector("[data-input]")?.focus();
      return null;
    }
  }

  get #fills() { return this.#root.querySelector("[name=fills]"); }
  get #list() { return this.#root.querySelector("[data-inputs]"); }

  #problem(message) {
    Object.assign(this.#root.querySelector("[data-variables-problem]"), { textContent: message, hidden: !message });
  }

  #show(variables) {
    this.#list.replaceChildren(...variables.map(({ name, type, default: usual }) => {
      const place = document.createElement("div"), label = document.createElement("label"), field = document.createElement("textarea");
      field.id = `input-${name}`;
      field.rows = 1;
      field.className = "input-value";
      field.dataset.input = name;
      field.dataset.kind = type;
      field.value = this.#inputs[name] ?? "";
      field.placeholder = usual === null ? "" : usual;
      label.htmlFor = field.id;
      label.textContent = `${name} (${type}${usual === null ? "" : ", has a default"})`;
      place.append(label, field);
      return place;
    }));
  }

  // What is empty is not given, so that its default counts.
  #values() {
    const values = {};
    for (const { value, dataset } of this.#list.querySelectorAll("[data-input]")) {
      if (value === "") continue;
      values[dataset.input] = dataset.kind === "string" ? value : parsed(value);
    }
    return values;
  }
}

// Whatever of a request may hold variables, and what the request is checked with.
function templatesOf({ stream, ...body }) {
  return body;
}

// A number, true or JSON; what is none goes as the text it is, and is refused with the type that is wanted.
function parsed(text) {
  try { return JSON.parse(text); } catch { return text; }
}
