// How pages reach the gateway: where it is, and a gateway key of an hour that the console lends to whoever is signed in.
// The key lives in this page's memory alone; a new one is asked for when it is about to end.
import { send } from "./forms.js";

const MARGIN = 60_000;
let lent = null;

async function key() {
  if (lent === null || (await lent).ends - MARGIN < Date.now()) lent = borrow();
  try { return (await lent).key; } catch (error) { lent = null; throw error; }
}

async function borrow() {
  const { key: text, seconds } = await send("POST", "/playground/key");
  return { key: text, ends: Date.now() + seconds * 1000 };
}

export const access = { gateway: document.body.dataset.gateway, key };
