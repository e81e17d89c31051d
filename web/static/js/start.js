// Starts every part of the page: data-part="clock" loads parts/clock.js and calls start(element).
// A part that fails is logged and leaves the others, and the server's page, as they were.

const ENHANCED = "a[data-dialog], a[data-follow]";
const started = new WeakSet();
const starting = new Map(); // the forms that a part will answer for, each with what was pressed meanwhile

async function startPart(element, name) {
  const tell = (fault) => console.error(`part ${name} did not start`, fault);
  try {
    const part = await import(`./parts/${name}.js`);
    Promise.resolve(part.start(element)).catch(tell); // its listeners are there at once, its data may come later
  } catch (fault) {
    tell(fault);
  }
}

/** Starts the parts below `root` that have not been started yet; settled when each has begun or failed. */
export function startParts(root = document) {
  const all = [];
  for (const element of root.querySelectorAll("[data-part]")) {
    if (started.has(element)) continue;
    started.add(element);
    const parts = Promise.all(element.dataset.part.split(" ").map((name) => startPart(element, name)));
    all.push(element instanceof HTMLFormElement ? answered(element, parts) : parts);
  }
  return Promise.all(all);
}

/** A form sent before its part is there is sent to the part: it would leave the page for what the part does on it. */
async function answered(form, parts) {
  starting.set(form, null);
  await parts;
  const pressed = starting.get(form);
  starting.delete(form);
  if (pressed) form.requestSubmit(pressed.submitter);
}

function keepSending(evt) {
  if (!starting.has(evt.target)) return;
  evt.preventDefault();
  evt.stopImmediatePropagation();
  starting.set(evt.target, { submitter: evt.submitter });
}

/** A plain click on what a part makes quicker is kept until `ready`: a slow machine must not leave the page for it. */
function keepClicksUntil(ready) {
  let last = null;
  const keep = (evt) => {
    const link = evt.target.closest?.(ENHANCED);
    if (!link || evt.button !== 0 || evt.metaKey || evt.ctrlKey || evt.shiftKey) return;
    evt.preventDefault();
    evt.stopPropagation();
    last = link;
  };
  document.addEventListener("click", keep, { capture: true });
  ready.then(() => {
    document.removeEventListener("click", keep, { capture: true });
    document.documentElement.dataset.parts = "started";
    last?.click();
  });
}

document.addEventListener("submit", keepSending, { capture: true });
document.addEventListener("parts:added", (evt) => startParts(evt.target));
keepClicksUntil(startParts());
document.documentElement.classList.add("has-script");
