// Lets a list of departments or people move with the choice above it: shows the limit of the chosen criterion.

export function start(form) {
  const select = form.querySelector("select[data-shows]");
  const shown = form.querySelector("[data-shown]");
  if (!select || !shown) return;
  const tell = () => { shown.textContent = select.selectedOptions[0]?.dataset.says ?? ""; };
  select.addEventListener("change", tell);
  tell();
}
