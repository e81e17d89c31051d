// Says that there are new notices, and leaves the list under the reader's hand as it is.

export function start(element) {
  document.addEventListener("live:notice", () => {
    element.hidden = false;
  });
}
