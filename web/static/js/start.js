// Starts every part of the page: data-part="clock" loads parts/clock.js and calls start(element).
// A part that fails is logged and leaves the others, and the server's page, as they were.

const started = new WeakSet();

async function startPart(element, name) {
  try {
    const part = await import(`./parts/${name}.js`);
    await part.start(element);
  } catch (fault) {
    console.error(`part ${name} did not start`, fault);
  }
}

/** Starts the parts below `root` that have not been started yet. */
export function startParts(root = document) {
  for (const element of root.querySelectorAll("[data-part]")) {
    if (started.has(element)) continue;
    started.add(element);
    for (const name of element.dataset.part.split(" ")) startPart(element, name);
  }
}

document.addEventListener("parts:added", (evt) => startParts(evt.target));
startParts();
document.documentElement.classList.add("has-script");
