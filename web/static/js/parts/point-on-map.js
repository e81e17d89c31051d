// Takes the middle of the page's map as the place of a form: the map is moved, then the button pressed.

export function start(fields) {
  const map = document.querySelector(".map[data-part~=city-map]");
  const button = fields.querySelector("[data-use=middle]");
  if (!map) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const middle = map.cityMap?.middle();
    if (!middle) return;
    fields.querySelector("[name=lon]").value = middle.lon.toFixed(6);
    fields.querySelector("[name=lat]").value = middle.lat.toFixed(6);
  });
}
