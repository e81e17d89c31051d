// A form that is under way cannot be sent again by a second tap.

export function start(form) {
  form.addEventListener("submit", (evt) => {
    // after the browser has read the form, so that the pressed button's value is sent too
    setTimeout(() => {
      if (evt.defaultPrevented) return;
      for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = true;
    });
  });
  window.addEventListener("pageshow", () => {
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  });
}
