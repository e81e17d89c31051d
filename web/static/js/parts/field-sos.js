// Calls for help on the page of the field: a new one, or an answer, has the page read its list anew.

export function start(element) {
  document.addEventListener("live:sos", ({ detail: { id, state } }) => {
    const isShown = element.querySelector(`[data-sos="${id}"]`) !== null;
    if ((state === "open") === isShown) return;
    renew(element);
  });
}

async function renew(element) {
  const answer = await fetch("/desk/field", { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-part~=field-sos]");
  if (fresh) element.replaceChildren(...fresh.children);
}
