// Editing unit grids on the map: fills the form beside it; the form alone works without this script.

import { locate } from "../map/here.js";
import { editLayers } from "../map/editing.js";
import { openedMap } from "../map/opened.js";
import { swapFrom } from "../swap.js";
import { _ } from "../words.js";

const HINTS = {
  choose: () => _("点网格选中，再点一下取消。选一个并画线是拆分，选几个是合并，选几个并画线是重划。"),
  draw: () => _("点地图画线，两端画到网格以外；双击或按回车结束，退格键去掉最后一点。"),
  gap: () => _("点没有网格的地面，它会并入所选网格；没有选网格就成为新网格。"),
};

export async function start(desk) {
  const element = desk.querySelector(".map");
  const city = await openedMap(element);
  const layers = editLayers(city);
  const state = { tool: "choose", line: [] };
  const form = () => desk.querySelector("form[data-edit]");
  const redraw = () => form() && layers.show({ ...readForm(form()), line: state.line });
  const pick = (tool) => {
    state.tool = tool;
    for (const button of desk.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
    const hint = desk.querySelector("[data-hint]");
    if (hint) hint.textContent = HINTS[tool]();
    element.dataset.tool = tool;
  };
  const finish = () => {
    if (state.line.length > 1) addLine(form(), "lines", state.line.map(pairOf).join(", "));
    state.line = [];
    redraw();
  };
  const act = async (place) => {
    if (!form()) return;
    if (state.tool === "draw") state.line.push(place);
    else if (state.tool === "gap") addLine(form(), "gaps", pairOf(place));
    else await toggleGrid(form(), place, desk);
    redraw();
  };
  desk.addEventListener("click", (evt) => {
    const tool = evt.target.closest("[data-tool]")?.dataset.tool;
    if (tool === "clear") clear(form(), state);
    else if (tool) pick(tool);
    if (tool) redraw();
    const defect = evt.target.closest("[data-defect]")?.closest(".defect-row");
    if (!defect) return;
    evt.preventDefault();
    city.showClosely({ lon: Number(defect.dataset.lon), lat: Number(defect.dataset.lat) });
    for (const row of desk.querySelectorAll(".defect-row")) row.classList.toggle("is-selected", row === defect);
  });
  desk.addEventListener("input", redraw);
  desk.addEventListener("submit", (evt) => preview(evt, () => {
    pick(state.tool);
    redraw();
    layers.showDrawn(desk.querySelector("[data-drawn]")?.textContent);
    desk.querySelector("[data-preview], [data-refusal]")?.scrollIntoView({ block: "start" });
  }));
  city.map.doubleClickZoom.disable();
  city.onTap((place) => act(place));
  city.map.on("dblclick", finish);
  element.addEventListener("keydown", (evt) => {
    if (evt.target.tagName === "BUTTON") return;
    if (evt.key === "Enter" && state.tool === "draw" && state.line.length > 1 && evt.shiftKey) finish();
    else if (evt.key === "Enter") act(city.middle());
    else if (evt.key === "Backspace") state.line.pop();
    else if (evt.key === "Escape") state.line = [];
    else return;
    evt.preventDefault();
    redraw();
  });
  layers.showDrawn(desk.querySelector("[data-drawn]")?.textContent);
  const { lon, lat } = form()?.dataset ?? {};
  if (lon) city.showClosely({ lon: Number(lon), lat: Number(lat) });
  pick("choose");
  redraw();
}

function readForm(form) {
  return {
    codes: form.elements.codes.value.split(/[\s,，]+/).filter(Boolean),
    lines: form.elements.lines.value.split("\n").filter((line) => line.trim()).map(placesOf),
    gaps: form.elements.gaps.value.split("\n").filter((line) => line.trim()).flatMap(placesOf),
  };
}

function placesOf(words) {
  return words.split(",").map((pair) => pair.trim().split(/\s+/).map(Number)).filter((pair) => pair.length === 2 && pair.every(Number.isFinite));
}

function pairOf({ lon, lat }) {
  return `${lon.toFixed(7)} ${lat.toFixed(7)}`;
}

function addLine(form, name, words) {
  const field = form.elements[name];
  field.value = [field.value.trim(), words].filter(Boolean).join("\n");
}

async function toggleGrid(form, place, desk) {
  const found = await locate(place);
  const hint = desk.querySelector("[data-hint]");
  if (!found.unit_grid_code || found.pulled_m > 0) {
    hint.textContent = found.message ?? _("这里没有网格。要补上它，请用“选空地”。");
    return;
  }
  const codes = new Set(form.elements.codes.value.split(/[\s,，]+/).filter(Boolean));
  if (!codes.delete(found.unit_grid_code)) codes.add(found.unit_grid_code);
  form.elements.codes.value = [...codes].join(" ");
  hint.textContent = _("已选 {n} 个网格。", { n: codes.size });
}

function clear(form, state) {
  state.line = [];
  for (const name of ["codes", "lines", "gaps"]) form.elements[name].value = "";
}

/** A preview swaps the form in place; saving loads the page anew, for the map has changed. */
async function preview(evt, shown) {
  const form = evt.target.closest("form[data-edit]");
  const isSaving = evt.submitter?.getAttribute("formaction");
  if (!form || isSaving) return;
  evt.preventDefault();
  evt.submitter.disabled = true;
  const result = await swapFrom(form.action, { method: "post", body: new URLSearchParams(new FormData(form)) });
  if (result.isSwapped) shown();
  else location.reload();
}
