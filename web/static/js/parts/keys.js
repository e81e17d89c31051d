// The list of shortcuts.

export function start(button) {
  const dialog = document.querySelector("dialog[data-keys]");
  button.addEventListener("click", () => dialog.showModal());
  dialog.addEventListener("click", (evt) => {
    if (evt.target === dialog) dialog.close();
  });
}
