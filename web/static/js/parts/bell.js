// Keeps the number of unread notices; hears of new ones over the page's stream, or over one of its own.

const SPREAD_MS = 600;

export function start(element) {
  const count = element.querySelector("[data-count]") ?? element;
  let waiting = null;
  const ask = async () => {
    waiting = null;
    const answer = await fetch("/notices/count", { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const told = await answer.json();
    count.textContent = told.unread ? told.shown : "";
    count.hidden = !told.unread;
  };
  // A post has many bells: they do not all ask in the same moment.
  const ring = () => {
    waiting ??= setTimeout(ask, Math.random() * SPREAD_MS);
  };
  document.addEventListener("live:notice", ring);
  window.addEventListener("pageshow", (evt) => evt.persisted && ask());
  if (document.querySelector("[data-part~=live]")) return;
  const stream = new EventSource("/live");
  stream.addEventListener("notice", () => document.dispatchEvent(new CustomEvent("live:notice")));
  stream.addEventListener("call", (evt) => document.dispatchEvent(new CustomEvent("live:call", { detail: JSON.parse(evt.data) })));
  window.addEventListener("pagehide", () => stream.close());
}
