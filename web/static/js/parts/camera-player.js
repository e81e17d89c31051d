// The video of a camera; says why when there is none, and stops when its sheet is closed.

import { openStream } from "../cameras/stream.js";
import { _ } from "../words.js";

export async function start(element) {
  const video = element.querySelector("video");
  const said = element.querySelector(".player-said");
  const again = element.querySelector(".player-again");
  let stream = null;
  const say = (words, state) => {
    said.textContent = words;
    said.hidden = words === "";
    again.hidden = state !== "refused";
    element.dataset.state = state;
    element.dispatchEvent(new CustomEvent("camera:state", { bubbles: true, detail: { state } }));
  };
  const play = async () => {
    say(_("正在接通…"), "opening");
    stream = await openStream(video, element.dataset.playlist, {
      onPlaying: () => say("", "playing"),
      onRefused: (words) => say(words, "refused"),
    });
    element.cameraStream = stream;
    if (!element.isConnected) stream.close(); // the sheet was closed meanwhile
  };
  again.addEventListener("click", play);
  // sheets are swapped: whatever is listed next, a video that is gone from the page ends
  const end = () => {
    if (element.isConnected) return;
    document.removeEventListener("cases:listed", end);
    stream?.close();
  };
  document.addEventListener("cases:listed", end);
  await play();
}
