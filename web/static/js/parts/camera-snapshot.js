// One press makes the picture on screen a photo, with camera and moment burnt in, in the forms that take it on.

import { pageSkewMs } from "../server-clock.js";
import { takePicture, sayMoment } from "../cameras/stamp.js";
import { _ } from "../words.js";

export function start(element) {
  const button = element.querySelector("[data-use=snapshot]");
  const forms = [...element.querySelectorAll("[data-for]")];
  const { code, name } = element.dataset;
  const player = document.querySelector("[data-part~=camera-player]");
  const tell = () => { button.disabled = player?.dataset.state !== "playing"; };
  player?.addEventListener("camera:state", tell);
  tell();
  button.addEventListener("click", async () => {
    const video = player.querySelector("video");
    const date = player.cameraStream?.shownAt() ?? new Date(Date.now() + pageSkewMs());
    const file = await takePicture(video, { code, name, date });
    for (const form of forms) {
      form.hidden = false;
      put(form.querySelector("input[type=file]"), file);
    }
    const text = element.querySelector("[data-for=case] input[name=text]");
    if (text && text.value === "") text.value = _("视频截图：{code} {name}，{at}", { code, name, at: sayMoment(date) });
    forms[0]?.querySelector("textarea, button:not([type=button])")?.focus();
    forms[0]?.scrollIntoView({ block: "nearest" });
    element.dataset.taken = file.name;
  });
}

/** Puts a file into a field as if it had been chosen. */
function put(input, file) {
  const carrier = new DataTransfer();
  carrier.items.add(file);
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
