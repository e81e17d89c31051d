// Choosing rows of a list: x on the row that has the focus, the box of a row, shift for all from the last one to it.
// What is chosen outlives a list that is brought up to date, not another filter. Without this script the boxes work.

import { _ } from "../words.js";

export function start(bar) {
  const desk = bar.closest(".desk");
  const state = { chosen: new Set(), last: null, filter: filterOf(desk) };
  const tell = () => show(bar, desk, state);
  desk.addEventListener("change", (evt) => {
    if (evt.target.matches(".pick input")) setRow(state, evt.target, evt.target.checked, tell);
    else if (evt.target.matches("[data-all]")) tell();
  });
  desk.addEventListener("click", (evt) => chooseByShift(evt, desk, state, tell), { capture: true });
  document.addEventListener("keydown", (evt) => pressX(evt, state, tell), { capture: true });
  document.addEventListener("cases:listed", () => {
    const filter = filterOf(desk);
    if (filter !== state.filter) clear(state);
    state.filter = filter;
    tell();
  });
  bar.querySelector("[data-none]").addEventListener("click", () => {
    clear(state);
    bar.querySelector("[data-all]").checked = false;
    tell();
  });
  bar.addEventListener("submit", () => sendUnseen(bar, desk, state));
  tell();
}

function clear(state) {
  state.chosen.clear();
  state.last = null;
}

function filterOf(desk) {
  return desk.querySelector("[data-case-filter]")?.dataset.caseFilter;
}

function boxes(desk) {
  return [...desk.querySelectorAll(".pick input")];
}

function setRow(state, box, isChosen, tell) {
  if (isChosen) state.chosen.add(box.value);
  else state.chosen.delete(box.value);
  state.last = box.value;
  tell();
}

/** Shift with a click on a row or its box chooses all from the last one to it. */
function chooseByShift(evt, desk, state, tell) {
  const row = evt.shiftKey && evt.button === 0 ? evt.target.closest(".case-row") : null;
  if (!row) return;
  evt.preventDefault();
  evt.stopPropagation();
  const all = boxes(desk);
  const here = all.findIndex((box) => box.closest(".case-row") === row);
  const there = all.findIndex((box) => box.value === state.last);
  const [from, to] = there < 0 ? [here, here] : [Math.min(here, there), Math.max(here, there)];
  for (const box of all.slice(from, to + 1)) state.chosen.add(box.value);
  state.last = all[here].value;
  // a box that was clicked falls back to what it was after this event
  setTimeout(tell);
}

/** x in the list chooses; elsewhere it is the key of a step. */
function pressX(evt, state, tell) {
  if (evt.key !== "x" || evt.ctrlKey || evt.metaKey || evt.altKey) return;
  const box = document.activeElement?.closest(".case-row")?.querySelector(".pick input");
  if (!box) return;
  evt.preventDefault();
  evt.stopPropagation();
  setRow(state, box, !state.chosen.has(box.value), tell);
}

function show(bar, desk, state) {
  for (const box of boxes(desk)) {
    box.checked = state.chosen.has(box.value);
    box.closest(".case-row").classList.toggle("is-chosen", box.checked);
  }
  const all = bar.querySelector("[data-all]");
  const isOn = state.chosen.size > 0 || all.checked;
  bar.classList.toggle("is-on", isOn);
  desk.classList.toggle("is-choosing", isOn);
  bar.querySelector("[data-chosen]").textContent = all.checked ? _("全部符合条件的") : _("已选 {n} 件", { n: state.chosen.size });
}

/** Chosen rows that are not in the list any more go with the form all the same. */
function sendUnseen(bar, desk, state) {
  for (const old of bar.querySelectorAll("[data-unseen]")) old.remove();
  const seen = new Set(boxes(desk).map((box) => box.value));
  for (const caseNo of state.chosen) {
    if (seen.has(caseNo)) continue;
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "case", value: caseNo });
    field.dataset.unseen = "";
    bar.append(field);
  }
}
