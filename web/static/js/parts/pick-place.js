// Takes a tap on the page's map as the place of a field; pressed with the keyboard, the middle of the map at once.

import { openedMap } from "../map/opened.js";

export async function start(button) {
  const element = document.querySelector(".map[data-part~=city-map]");
  const field = document.getElementById(button.dataset.for);
  if (!element || !field) return;
  const city = await openedMap(element);
  let isWaiting = false;
  const wait = (isOn) => {
    isWaiting = isOn;
    button.setAttribute("aria-pressed", String(isOn));
    element.dataset.tool = isOn ? "draw" : "";
  };
  const take = ({ lon, lat }) => {
    field.value = `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
    wait(false);
  };
  button.hidden = false;
  button.addEventListener("click", (evt) => {
    const isByKey = evt.detail === 0;
    if (isByKey) take(city.middle());
    else wait(!isWaiting);
  });
  city.onTap((place) => isWaiting && take(place));
}
