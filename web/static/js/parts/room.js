// The incident room follows its facts: each part is drawn anew, unless somebody is just filling it in.

import { fetchPage } from "../swap.js";

const FIELDS = "input:not([type=hidden]), textarea, select";

export function start(room) {
  const own = room.dataset.incident;
  const behind = new Set();
  let isLooking = false;
  let isAskedAgain = false;
  const follow = async () => {
    isAskedAgain = true;
    if (isLooking) return;
    isLooking = true;
    try {
      while (isAskedAgain) {
        isAskedAgain = false;
        renew(room, await fetchPage(pageOf(own)), behind);
      }
    } finally {
      isLooking = false;
    }
  };
  document.addEventListener("live:incident", ({ detail }) => {
    if (detail.incident_no === own) follow();
  });
  document.addEventListener("live:hello", follow);
  let lapsing = 0;
  const lookAtLapse = () => {
    clearTimeout(lapsing);
    const inS = room.querySelector("[data-look-in-s]")?.dataset.lookInS;
    if (inS !== undefined) lapsing = setTimeout(follow, Number(inS) * 1000);
  };
  room.addEventListener("parts:added", ({ target }) => { if (target.dataset.swap === "next-lapse") lookAtLapse(); });
  lookAtLapse();
  for (const name of ["focusout", "toggle"]) {
    room.addEventListener(name, () => { if (behind.size > 0) follow(); }, { capture: true });
  }
  room.addEventListener("submit", (evt) => {
    const form = evt.target.closest("form[data-room-form], .board-card form");
    if (!form) return;
    evt.preventDefault();
    send(form, evt.submitter, room, behind);
  });
}

const pageOf = (number) => `/incidents/${encodeURIComponent(number)}/room`;

/** Whether a part must stay as it is: something in it is open, or being typed into, or it lies in an open form. */
function isBusy(part) {
  const active = document.activeElement;
  if (active?.matches(FIELDS) && part.contains(active)) return true;
  return part.querySelector("details[open] form") !== null || part.closest("details[open] form") !== null;
}

function renew(room, page, behind, isForced = false) {
  for (const old of room.querySelectorAll("[data-swap]")) {
    const name = old.dataset.swap;
    const fresh = page.querySelector(`[data-swap="${name}"]`);
    if (!fresh || fresh.outerHTML === old.outerHTML) continue;
    if (!isForced && isBusy(old)) {
      behind.add(name);
      continue;
    }
    behind.delete(name);
    const scrolled = [...old.querySelectorAll("[data-keep-scroll]")].map((list) => list.scrollTop);
    const isOpen = old.open;
    const taken = document.adoptNode(fresh);
    for (const own of old.querySelectorAll("details[id]")) {
      const same = taken.querySelector(`#${CSS.escape(own.id)}`);
      if (same) same.open = own.open || same.open;
    }
    old.replaceWith(taken);
    if (isOpen) taken.open = true;
    taken.querySelectorAll("[data-keep-scroll]").forEach((list, n) => { list.scrollTop = scrolled[n] ?? 0; });
    taken.dispatchEvent(new CustomEvent("parts:added", { bubbles: true }));
  }
}

/** Sends a form and shows what came of it; a refusal stays above the map, and what was typed stays in the form. */
async function send(form, submitter, room, behind) {
  const buttons = [...form.querySelectorAll("button")];
  const fields = new FormData(form, submitter);
  for (const button of buttons) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    showRefusal(page.querySelector("[data-refusal]"));
    if (!answer.ok) return;
    form.reset();
    const number = form.querySelector("[name=client_id]");
    if (number) number.value = crypto.randomUUID();
    const around = form.closest("details");
    if (around && !form.matches("[data-keeps-open]")) around.open = false;
    document.activeElement?.blur();
    renew(room, page, behind);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

/** Shows why something was not taken, or nothing. */
export function showRefusal(said) {
  document.querySelector("[data-room-refusal]").replaceChildren(...(said ? [document.adoptNode(said)] : []));
}
