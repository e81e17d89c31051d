// Shows the case of a sheet on the wall, without leaving the sheet; without scripts the form does the same and comes back.

import { _ } from "../words.js";

const TOLD_MS = 4_000;

export function start(form) {
  const button = form.querySelector("button");
  const [said, told] = [button.querySelector("span"), form.querySelector("[role=status]")];
  const first = said.textContent;
  form.addEventListener("submit", async (evt) => {
    evt.preventDefault();
    button.disabled = true;
    said.textContent = (await send(form)) ? _("已投到大屏") : _("没有投上，请重试");
    told.textContent = said.textContent;
    setTimeout(() => {
      button.disabled = false;
      said.textContent = first;
    }, TOLD_MS);
  });
}

async function send(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { accept: "application/json" } });
    return answer.ok;
  } catch {
    return false;
  }
}
