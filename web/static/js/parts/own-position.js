// Where the person stands against the fence of a step: told and drawn as a line, and sent with the form.
// Without a position the sentence of the page stays, which says what becomes of the step then.

import { followFix, sayStanding, standing } from "../standing.js";
import { _ } from "../words.js";

const LOOKS = ["is-near", "is-far", "is-vague"];

export function start(element) {
  if (!navigator.geolocation) return;
  const form = element.closest("form");
  const limits = { within: Number(element.dataset.within), mostAccuracy: Number(element.dataset.mostAccuracy) };
  let fix = null;
  let leave = null;
  const tell = () => {
    const place = placeOf(element, form);
    if (fix && place) show(element, judge(standing(fix, place), limits), limits);
  };
  const heard = (heardFix) => {
    if (!element.isConnected) return leave?.();
    fix = heardFix;
    form.elements.own_lon.value = fix.lon;
    form.elements.own_lat.value = fix.lat;
    form.elements.own_accuracy_m.value = fix.accuracy;
    return tell();
  };
  // Nobody's position is asked for, and no battery used, before the question is on the screen.
  const begin = () => {
    if (leave !== null || element.offsetParent === null) return;
    leave = followFix(heard);
  };
  for (const name of ["input", "change"]) form.addEventListener(name, () => { begin(); tell(); });
  element.closest("details")?.addEventListener("toggle", begin);
  begin();
}

/** The case: of the element, or of the form while it is being reported. */
function placeOf(element, form) {
  const said = element.dataset.lon ? [element.dataset.lon, element.dataset.lat] : [form.elements.lon?.value, form.elements.lat?.value];
  const [lon, lat] = said.map(Number);
  return said.every(Boolean) && Number.isFinite(lon + lat) ? { lon, lat } : null;
}

/** The same judgement as the server's, which is the one that counts: near, far, or too vague to say. */
export function judge(seen, { within, mostAccuracy }) {
  const { away, accuracy, isHere } = seen;
  const numbers = { where: sayStanding(seen), accuracy: Math.round(accuracy), within: Math.round(within) };
  if (accuracy > mostAccuracy) return { look: "is-vague", away, words: _("定位太粗（精度 {accuracy} 米），请到开阔处稍等；现在提交会在记录里注明。", numbers) };
  if (away - accuracy > within) return { look: "is-far", away, words: _("{where}（精度 {accuracy} 米），请走到 {within} 米以内再提交。", numbers) };
  if (isHere) return { look: "is-near", away, words: _("{where}，在 {within} 米以内。", numbers) };
  return { look: "is-near", away, words: _("{where}（精度 {accuracy} 米），在 {within} 米以内。", numbers) };
}

function show(element, { look, away, words }, { within }) {
  for (const one of LOOKS) element.classList.toggle(one, one === look);
  const said = element.querySelector("[data-said]");
  if (said.textContent !== words) said.textContent = words; // said aloud once, not with every fix
  const reach = element.querySelector(".reach");
  const scale = Math.max(1.6 * within, 1.08 * away);
  reach.style.setProperty("--fence", `${(100 * within) / scale}%`);
  reach.style.setProperty("--here", `${(100 * away) / scale}%`);
  reach.hidden = false;
}
