// What lies at a place: its address in words, its grid, community and zone, coordinates to copy.

import { reverse } from "../places/asking.js";
import { sayCoordinates } from "../wording.js";
import { _ } from "../words.js";
import { toGcj02 } from "./datum.js";
import { make } from "./elements.js";
import { copyButton, coveredBySide, showCard } from "./side.js";

/** Shows what lies at a place in degrees, beside a pin on it; the card's end takes both away. */
export async function showHere(element, city, place) {
  const address = make("p", { class: "address" }, _("正在查地址…"));
  const rows = make("dl", {}, ...coordinatesOf(place).flatMap(([name, value]) => row(name, value)));
  const buttons = make("p", { class: "row" }, ...[copyButton(_("复制坐标"), () => sayCoordinates(place))].filter(Boolean));
  const onShut = () => {
    city.outlineGrid(null);
    city.setPicked(null);
  };
  const card = showCard(element, { title: _("这里是"), kind: "here", content: [address, rows, buttons], onShut });
  city.setPicked(place);
  const [found, told] = await Promise.all([locate(place), reverse(place)]);
  if (!card.isConnected) return;
  city.outlineGrid(found.unit_grid_code);
  address.textContent = sayAddress(found, told);
  if (found.message && told.address) address.after(make("p", { class: "quiet" }, found.message));
  rows.prepend(...rowsOf(found).flatMap(([name, value]) => row(name, value)));
  const copy = told.address && copyButton(_("复制地址"), () => told.address);
  if (copy) buttons.prepend(copy);
  city.uncover(place, coveredBySide(element));
}

/** The address in words; where the engine says none, the names of the frame, or why there are none. Pure. */
export function sayAddress(found, told = {}) {
  return told.address || found.message || [found.district?.name, found.subdistrict?.name, found.community?.name].filter(Boolean).join("");
}

/** What the frame says of a place, as rows. Pure but for the words' language. */
export function rowsOf(found) {
  if (found.message) return [];
  const where = [found.subdistrict?.name, found.community?.name].filter(Boolean).join(" ");
  return [
    [_("单元网格"), found.unit_grid_code], [_("社区"), where], [_("功能区"), found.zone?.name],
    [_("责任网格"), found.responsibility_code],
  ].filter(([, value]) => value);
}

/** A place in the systems that people paste from and into: [name, degrees]. Pure. */
export function coordinatesOf({ lon, lat }) {
  const [east, north] = toGcj02([lon, lat]);
  return [[_("坐标"), sayCoordinates({ lon, lat })], ["GCJ-02", sayCoordinates({ lon: east, lat: north })]];
}

function row(name, value) {
  return [make("dt", {}, name), make("dd", {}, value)];
}

/** What the frame says of a place in degrees; `{message, code}` when it lies outside. */
export async function locate({ lon, lat }, system = "EPSG:4490") {
  try {
    const answer = await fetch(`/api/v1/locate?lon=${lon.toFixed(7)}&lat=${lat.toFixed(7)}&system=${encodeURIComponent(system)}`, {
      headers: { accept: "application/json" },
    });
    return await answer.json();
  } catch {
    return { message: _("现在没有网络，网格在提交时确定。"), code: "offline" };
  }
}
