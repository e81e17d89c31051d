// How far away something is and which way: said by one rule wherever a page tells it, from one position of the page.

import { bearingOf } from "./phone/near.js";
import { distance } from "./metres.js";
import { _ } from "./words.js";

const POINTS = () => [_("北"), _("东北"), _("东"), _("东南"), _("南"), _("西南"), _("西"), _("西北")];
const VAGUE_M = 200;

/** Where `goal` is from `fix` (`{lon, lat, accuracy}`): metres, bearing, and whether the fix can tell the two apart. Pure. */
export function standing(fix, goal) {
  const away = distance(fix, goal);
  return { away, bearing: bearingOf(fix, goal), accuracy: fix.accuracy, isHere: away <= fix.accuracy };
}

/** That in words: beside you within the accuracy of the fix, else direction and distance, which then agree. Pure. */
export function sayStanding({ away, bearing, accuracy, isHere }) {
  const numbers = { accuracy: Math.round(accuracy) };
  if (isHere && accuracy > VAGUE_M) return _("就在附近，定位太粗（精度 ±{accuracy} 米），说不出方向", numbers);
  if (isHere) return _("就在您身边（定位精度 ±{accuracy} 米）", numbers);
  return _("在您{point}方 {text}", { point: POINTS()[Math.round(bearing / 45) % 8], text: sayMetres(away) });
}

/** Metres as the server counts them; kilometres with one decimal from the first on. Pure. */
export function sayMetres(metres) {
  if (Math.round(metres) < 1000) return _("{n} 米", { n: Math.round(metres) });
  return _("{n} 公里", { n: (metres / 1000).toFixed(1) });
}

const ears = new Set();
let watch = null;
let last = null;

/** Let `hear` know every position of this device from now on; one watch serves the page. Answers how to stop. */
export function followFix(hear) {
  ears.add(hear);
  if (last) hear(last);
  watch ??= navigator.geolocation.watchPosition(({ coords }) => {
    last = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
    for (const ear of ears) ear(last);
  }, () => {}, { enableHighAccuracy: true, maximumAge: 5_000, timeout: 20_000 });
  return () => {
    ears.delete(hear);
    if (ears.size > 0 || watch === null) return;
    navigator.geolocation.clearWatch(watch);
    watch = last = null;
  };
}
