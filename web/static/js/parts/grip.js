// Drags the border of the queue; the width is remembered on this machine.

const KEY = "citygrid.queue-width";
const LEAST_PX = 320;
const MOST_PX = 720;

export function start(grip) {
  const desk = grip.closest(".desk");
  const set = (width) => desk.style.setProperty("--queue-width", `${Math.min(MOST_PX, Math.max(LEAST_PX, width))}px`);
  const remember = () => {
    try {
      localStorage.setItem(KEY, desk.style.getPropertyValue("--queue-width"));
    } catch {
      // a forbidden store only forgets the width
    }
  };
  const kept = parseInt(readKept(), 10);
  if (kept) set(kept);
  const pane = grip.parentElement;
  grip.addEventListener("pointerdown", (evt) => {
    grip.setPointerCapture(evt.pointerId);
    evt.preventDefault();
  });
  grip.addEventListener("pointermove", (evt) => {
    if (grip.hasPointerCapture(evt.pointerId)) set(evt.clientX - pane.getBoundingClientRect().left);
  });
  grip.addEventListener("pointerup", remember);
  grip.addEventListener("keydown", (evt) => {
    const step = { ArrowLeft: -24, ArrowRight: 24 }[evt.key];
    if (!step) return;
    set(pane.getBoundingClientRect().width + step);
    remember();
  });
}

function readKept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
