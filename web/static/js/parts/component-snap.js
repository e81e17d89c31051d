// Which component a report means, from the pack: the nearest of the chosen type, or "not on the map". Says, too, which packed
// cases may be the same problem while there is no network to ask.

import { nearCases, nearComponents } from "../phone/near.js";
import { packedArea } from "../phone/pack.js";
import { sayDistance } from "../wording.js";
import { _ } from "../words.js";

export async function start(place) {
  const form = place.closest("form");
  const owner = document.querySelector('meta[name="person"]').content;
  const area = await packedArea(owner).catch(() => null);
  if (!area) return;
  let [shown, isLost] = ["", false];
  const look = () => {
    const filled = new FormData(form);
    const asked = { type: filled.get("type") ?? "", lon: Number(filled.get("lon")), lat: Number(filled.get("lat")) };
    const key = asked.type && asked.lon ? JSON.stringify({ ...asked, isLost }) : "";
    if (key === shown) return;
    shown = key;
    const chosen = filled.get("component_code") ?? place.dataset.chosen ?? "";
    place.replaceChildren();
    if (key === "") return;
    const components = nearComponents(area.components, asked);
    if (components.length > 0) place.append(choices(components, chosen));
    else if (asked.type.startsWith("component:")) place.append(Object.assign(document.createElement("p"), { className: "quiet small", textContent: _("离线包里 40 米以内没有这类部件，按“图上没有”上报。") }));
    const cases = navigator.onLine && !isLost ? [] : nearCases(area.cases, asked);
    if (cases.length > 0) place.append(hint(cases));
  };
  form.addEventListener("asked", ({ detail }) => {
    isLost = detail.isLost;
    look();
  });
  for (const name of ["change", "input", "place:picked", "draft:restored"]) form.addEventListener(name, look);
  look();
}

function choices(components, chosen) {
  const set = Object.assign(document.createElement("fieldset"), { className: "field snap" });
  set.append(Object.assign(document.createElement("legend"), { className: "label", textContent: _("是哪一个部件？") }));
  const isKnown = components.some((one) => one.code === chosen);
  components.forEach((one, n) => set.append(choice(one.code, `${one.name} · ${_("{text}外", { text: sayDistance(one.away) })} · ${one.code.slice(-6)}`, isKnown ? one.code === chosen : n === 0 && one.away < 12)));
  set.append(choice("", _("图上没有"), !isKnown && components[0].away >= 12));
  return set;
}

function choice(value, words, isChecked) {
  const label = Object.assign(document.createElement("label"), { className: "choice" });
  label.append(Object.assign(document.createElement("input"), { type: "radio", name: "component_code", value, checked: isChecked }), words);
  return label;
}

function hint(cases) {
  const box = Object.assign(document.createElement("div"), { className: "notice" });
  box.setAttribute("role", "status");
  box.append(Object.assign(document.createElement("p"), { textContent: _("离线包里附近有同类案件，请看是不是同一个问题：") }));
  const list = document.createElement("ul");
  for (const one of cases) list.append(Object.assign(document.createElement("li"), { textContent: `${one.name} · ${_("{text}外", { text: sayDistance(one.away) })} · ${one.place || one.no}` }));
  box.append(list);
  return box;
}
