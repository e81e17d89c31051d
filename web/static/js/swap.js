// Fetches a page of ours and swaps in its marked regions, leaving the map and everything else as it is.

const LONGEST_PRESS_MS = 2_000;

let press = null;

document.addEventListener("pointerdown", beginPress, { capture: true, passive: true });

/**
 * Replaces every element with data-swap by its namesake of the fetched page; answers the final address.
 * `complete` may add to the page that has come before it is shown. `unless` is asked once more when it is
 * ready, so that nothing begun meanwhile is taken away; and a link that is just being pressed stays until
 * it is released, since a click on what has been replaced goes nowhere.
 */
export async function swapFrom(address, { complete = () => {}, unless = () => false, ...options } = {}) {
  const answer = await fetch(address, { headers: { accept: "text/html" }, ...options });
  const fetched = parsePage(await answer.text());
  await complete(fetched, answer.url);
  await press;
  const regions = [...document.querySelectorAll("[data-swap]")];
  if (unless()) return { address: answer.url, isSwapped: false, html: fetched };
  const pairs = regions.map((old) => [old, fetched.querySelector(`[data-swap="${old.dataset.swap}"]`)]);
  if (pairs.some(([, fresh]) => fresh === null)) return { address: answer.url, isSwapped: false, html: fetched };
  for (const [old, fresh] of pairs) {
    const scrolled = old.querySelector("[data-keep-scroll]")?.scrollTop ?? 0;
    old.replaceWith(document.adoptNode(fresh));
    const kept = fresh.querySelector("[data-keep-scroll]");
    if (kept) kept.scrollTop = scrolled;
    fresh.dispatchEvent(new CustomEvent("parts:added", { bubbles: true }));
  }
  return { address: answer.url, isSwapped: true, html: fetched };
}

/** A page of ours as a document, without showing it. */
export async function fetchPage(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  return parsePage(await answer.text());
}

/** The first element of a part of a page of ours; null when the part is empty. */
export async function fetchPart(address, options = {}) {
  const answer = await fetch(address, { headers: { accept: "text/html" }, ...options });
  if (!answer.ok) return null;
  const part = parsePage(await answer.text()).body.firstElementChild;
  return part && document.adoptNode(part);
}

function parsePage(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

/** Notes that something is pressed: until it is let go and its click was heard, or held for long. */
function beginPress(evt) {
  if (!evt.isPrimary || evt.button !== 0) return;
  const over = new AbortController();
  press = new Promise((resolve) => {
    const end = () => {
      over.abort();
      setTimeout(resolve, 0);
    };
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, end, { capture: true, signal: over.signal });
    setTimeout(end, LONGEST_PRESS_MS);
  });
}
