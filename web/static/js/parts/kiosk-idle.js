// A terminal that nobody touches forgets: after a while a countdown asks who is there, then the page begins anew and what was
// written is gone. A page that comes back from the browser's memory begins anew at once.

const COUNTDOWN_S = 20;
const LOOK_MS = 250;
const TOUCHES = ["pointerdown", "keydown", "input", "wheel", "touchmove"];

export function start(dialog) {
  const { reset, idleS } = dialog.dataset;
  const left = dialog.querySelector("[data-left]");
  const hasReceipt = "showsReceipt" in dialog.dataset;
  // The answer to a form is in the history as one; reloading it would show the receipt once more.
  if (hasReceipt) history.replaceState(null, "", reset);
  let touchedAt = hasReceipt || hasWords() ? performance.now() : null;
  const begin = () => location.replace(reset);
  const touched = () => {
    touchedAt = performance.now();
    if (dialog.open) dialog.close();
  };
  for (const name of TOUCHES) document.addEventListener(name, touched, { capture: true, passive: true });
  window.addEventListener("pageshow", (evt) => evt.persisted && begin());
  setInterval(() => {
    if (touchedAt === null) return;
    const remaining = remainingS(performance.now() - touchedAt, Number(idleS));
    if (remaining <= 0) {
      touchedAt = null;
      begin();
    } else if (remaining <= COUNTDOWN_S) {
      left.textContent = String(remaining);
      if (!dialog.open) dialog.showModal();
    }
  }, LOOK_MS);
}

/** Whole seconds until the page begins anew, of which the last twenty are shown. Pure. */
export function remainingS(quietMs, idleS) {
  return Math.ceil(idleS + COUNTDOWN_S - quietMs / 1000);
}

/** Whether a form came back with something in it. */
function hasWords() {
  return document.querySelector("[data-refusal]") !== null || document.documentElement.lang !== "zh-CN";
}
