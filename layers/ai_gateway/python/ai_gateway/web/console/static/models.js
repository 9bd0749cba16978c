// The models that can be called here: suggestions for a field that takes any model string, and prices to estimate with.
const CHARACTERS_A_TOKEN = 4;
const MOST = 60;

export class Models {
  #models = [];
  #places = new Map();

  async load() {
    const answer = await fetch("/playground/models", { headers: { "hx-request": "true" } });
    if (!answer.ok) return;
    this.#models = await answer.json();
    for (const place of this.#models.flatMap((model) => model.places)) this.#places.set(`${place.provider} ${place.model_id}`, place);
  }

  // What the last item of a chain may become: names first, and with a name that is whole the places it can be had at.
  suggestions(text) {
    const chain = text.slice(0, text.lastIndexOf(",") + 1), wanted = text.slice(chain.length).trim().toLowerCase();
    const whole = this.#models.find(({ id }) => wanted === id || wanted.startsWith(`${id}/`));
    const names = this.#models.map(({ id }) => id).filter((id) => id.includes(wanted) && id !== wanted);
    return [...(whole?.places.map(({ string }) => string) ?? []), ...names].slice(0, MOST).map((name) => chain + name);
  }

  // Dollars for so many characters in and out where the answer comes from; null where no price is known.
  estimate(headers, charactersIn, charactersOut) {
    const place = this.#places.get(`${headers.get("helicone-provider")} ${headers.get("helicone-model")}`);
    if (!place || place.input === null) return null;
    return tokensOf(charactersIn) * place.input + tokensOf(charactersOut) * place.output;
  }
}

export function tokensOf(characters) {
  return Math.ceil(characters / CHARACTERS_A_TOKEN);
}

// The characters of a request that a model reads. A picture is not its base64.
export function charactersOf(value) {
  if (typeof value === "string") return value.startsWith("data:") ? 0 : value.length;
  return value && typeof value === "object" ? Object.values(value).reduce((sum, part) => sum + charactersOf(part), 0) : 0;
}
