// A form that asks again as soon as something in it is chosen; its button stays for those without scripts.

export function start(form) {
  form.addEventListener("change", () => form.requestSubmit());
}
