// Shows what a page is about on the wall, without leaving the page, and takes it off again while it holds; without
// scripts the form does the same and comes back.

import { _ } from "../words.js";

const TOLD_MS = 4_000;

export function start(form) {
  const [on, off] = form.querySelectorAll("button[name=scene]");
  const told = form.querySelector("[role=status]");
  let over = 0;
  const tell = (button, words) => {
    const said = button.querySelector("span");
    button.dataset.first ??= said.textContent;
    said.textContent = told.textContent = words;
    setTimeout(() => {
      button.disabled = false;
      said.textContent = button.dataset.first;
    }, TOLD_MS);
  };
  form.addEventListener("submit", async (evt) => {
    evt.preventDefault();
    const button = evt.submitter === off ? off : on;
    const sent = new URLSearchParams(new FormData(form, button)); // a disabled button would not say its scene
    button.disabled = true;
    const { words, holdsMs } = await send(form.action, sent);
    tell(button, words);
    if (holdsMs === null) return;
    clearTimeout(over);
    off.hidden = false;
    over = setTimeout(() => { off.hidden = true; }, holdsMs);
  });
}

/** What to say afterwards, and how long it can be taken off; null where it was not taken. */
async function send(address, sent) {
  try {
    const answer = await fetch(address, { method: "POST", body: sent, headers: { accept: "application/json" } });
    const { message, holds_s: holdsS } = await answer.json();
    if (!answer.ok) return { words: message, holdsMs: null };
    return sent.get("scene") === "rotate" ? { words: _("已撤下"), holdsMs: TOLD_MS } : { words: _("已上墙"), holdsMs: holdsS * 1000 };
  } catch {
    return { words: _("没有网络，没有投上"), holdsMs: null };
  }
}
