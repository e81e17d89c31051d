// A desk without page loads: rows, filters and decisions swap list and sheet; the map stays where it is.
// Without this script every link and form works as it stands.

import { fetchPage, swapFrom } from "../swap.js";
import { _ } from "../words.js";

const QUIET_MS = 400;
// what has to happen elsewhere for a list to be read again, by what it lists
const CHANGED = { case: "live:changed", component: "live:components" };

export function start(desk) {
  const state = { busy: Promise.resolve() };
  const go = (address, options = {}) => {
    state.busy = state.busy.then(() => visit(desk, address, options)).catch(() => location.assign(address));
    return state.busy;
  };
  desk.addEventListener("click", (evt) => followLink(evt, go));
  desk.addEventListener("click", (evt) => openPanel(evt, desk));
  desk.addEventListener("submit", (evt) => sendForm(evt, desk, go));
  desk.addEventListener("change", (evt) => {
    if (evt.target.matches(".sentence select")) evt.target.form.requestSubmit();
  });
  desk.addEventListener("search", (evt) => {
    const isCleared = evt.target.value === "" && new URL(location.href).searchParams.get("q");
    if (isCleared) evt.target.form.requestSubmit();
  }, true);
  window.addEventListener("popstate", () => go(location.href, { isBack: true }));
  document.addEventListener("case:choose", (evt) => go(withCase(evt.detail.caseNo), { isChosen: true }));
  linkHover(desk);
  document.addEventListener("keydown", (evt) => pressKey(evt, desk, go));
  const changed = CHANGED[choice()];
  if (changed) document.addEventListener(changed, debounce(() => refresh(desk, state), QUIET_MS));
}

/** The name that an address has for what is open: the case, or what the desk's data-choice says. */
function choice() {
  return document.querySelector("[data-choice]")?.dataset.choice ?? "case";
}

function withCase(caseNo) {
  const address = new URL(location.href);
  if (caseNo) address.searchParams.set(choice(), caseNo);
  else address.searchParams.delete(choice());
  return address.href;
}

async function visit(desk, address, { isBack = false, isChosen = false, ...options } = {}) {
  desk.setAttribute("aria-busy", "true");
  const before = knownRows(desk);
  const result = await swapFrom(address, { complete: keepLong(desk), ...options });
  desk.removeAttribute("aria-busy");
  if (!result.isSwapped) {
    showRefusal(desk, result);
    return;
  }
  desk.querySelector("dialog[open]")?.close();
  if (!isBack) history.pushState(null, "", result.address);
  markNew(desk, before);
  tellMap(desk, isChosen);
  desk.querySelector(".case-row.is-selected > a")?.scrollIntoView({ block: "nearest" });
}

function showRefusal(desk, { html, address }) {
  const said = html.querySelector("[data-refusal]");
  const place = desk.querySelector("[data-refusals]");
  if (!said || !place) {
    location.assign(address);
    return;
  }
  const again = document.createElement("a");
  again.className = "button";
  again.dataset.follow = "tab";
  again.href = location.href;
  again.textContent = _("刷新案件");
  said.append(again);
  place.replaceChildren(document.adoptNode(said));
  place.scrollIntoView({ block: "nearest" });
}

function tellMap(desk, isChosen) {
  const selected = desk.querySelector(".case-row.is-selected")?.dataset.case ?? desk.querySelector(".sheet[data-case]")?.dataset.case ?? null;
  document.dispatchEvent(new CustomEvent("cases:listed", { detail: { selected, isChosen } }));
}

function followLink(evt, go) {
  const link = evt.target.closest("a[data-follow]");
  if (!link || evt.defaultPrevented || evt.metaKey || evt.ctrlKey || evt.shiftKey || evt.button !== 0) return;
  evt.preventDefault();
  if (link.dataset.follow === "more") {
    appendRows(link);
    return;
  }
  go(link.href, { isChosen: link.dataset.follow === "case" });
}

/** Shows what is behind a link with data-dialog over the desk; without this script the link leads to a page. */
async function openPanel(evt, desk) {
  if (evt.target.closest("dialog [data-shut], dialog a[data-follow]")) {
    evt.target.closest("dialog").close();
    if (evt.target.closest("[data-shut]")) evt.preventDefault();
    return;
  }
  const link = evt.target.closest("a[data-dialog]");
  if (!link || evt.metaKey || evt.ctrlKey || evt.shiftKey || evt.button !== 0) return;
  evt.preventDefault();
  const dialog = desk.querySelector(`dialog[data-panel-of="${link.dataset.dialog}"]`);
  const page = await fetchPage(link.href);
  const [title, panel] = [page.querySelector("h1"), page.querySelector("[data-panel]")];
  if (!panel) {
    location.assign(link.href);
    return;
  }
  const heading = document.createElement("h2");
  heading.textContent = title.textContent;
  dialog.replaceChildren(heading, document.adoptNode(panel));
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("parts:added", { bubbles: true }));
}

/** "More" adds the next rows below those that are there. */
async function appendRows(link) {
  link.setAttribute("aria-busy", "true");
  const first = await addPage(document, link);
  first?.querySelector("a")?.focus();
  document.querySelector(".queue").dispatchEvent(new CustomEvent("parts:added", { bubbles: true }));
  document.dispatchEvent(new CustomEvent("cases:listed", { detail: {} }));
}

/** Appends the rows behind a "more" link to the list of `page`, and puts the next link in its place. */
async function addPage(page, link) {
  const fetched = await fetchPage(link.href);
  const rows = [...fetched.querySelectorAll(".queue > li")].map((row) => page.adoptNode(row));
  page.querySelector(".queue").append(...rows);
  const [old, next] = [page.querySelector(".more-rows"), fetched.querySelector(".more-rows")];
  if (next) old?.replaceWith(page.adoptNode(next));
  else old?.remove();
  tellCount(page);
  return rows[0];
}

function tellCount(page) {
  const shown = page.querySelector('[data-swap="shown"]');
  const n = page.querySelectorAll(".queue > li").length;
  if (!shown) return;
  shown.textContent = shown.dataset.of === "things" ? _("显示 {n} 个", { n }) : _("显示 {n} 件", { n });
  const next = page.querySelector(".more-rows");
  if (!next) return;
  const more = page.createElement("a");
  more.href = next.getAttribute("href");
  more.dataset.follow = "more";
  more.textContent = _("还有更多");
  shown.append(" · ", more);
}

/** Makes a page that comes as long as the list that is there, when it shows the same list. */
function keepLong(desk) {
  const wanted = desk.querySelectorAll(".case-row").length;
  const list = listOf(location.href);
  return async (page, address) => {
    if (listOf(address) !== list) return;
    let link = page.querySelector(".more-rows");
    while (link && page.querySelectorAll(".case-row").length < wanted) {
      await addPage(page, link);
      link = page.querySelector(".more-rows");
    }
  };
}

/** An address without the case that is open: what list it shows. */
function listOf(address) {
  const { pathname, searchParams } = new URL(address);
  searchParams.delete(choice());
  searchParams.sort();
  return `${pathname}?${searchParams}`;
}

function sendForm(evt, desk, go) {
  const form = evt.target;
  if (!form.matches("[data-follow]") || !form.reportValidity()) return;
  evt.preventDefault();
  const data = new FormData(form, evt.submitter);
  if (form.method === "get") {
    form.closest("dialog")?.close();
    go(`${form.action.split("?")[0]}?${new URLSearchParams([...data].filter(([, value]) => value !== ""))}`);
    return;
  }
  form.closest("dialog")?.close();
  const isUpload = form.enctype === "multipart/form-data";
  if (evt.submitter) evt.submitter.disabled = true;
  go(form.action, { method: "post", body: isUpload ? data : new URLSearchParams(data) })
    .finally(() => { if (evt.submitter) evt.submitter.disabled = false; });
}

function linkHover(desk) {
  const say = (caseNo) => document.dispatchEvent(new CustomEvent("case:hover", { detail: { caseNo } }));
  for (const [on, off] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
    desk.addEventListener(on, (evt) => {
      const row = evt.target.closest(".case-row");
      if (row) say(row.dataset.case);
    });
    desk.addEventListener(off, (evt) => {
      if (evt.target.closest(".case-row")) say(null);
    });
  }
  document.addEventListener("case:hover-on-map", (evt) => {
    for (const row of desk.querySelectorAll(".case-row")) row.classList.toggle("is-hovered", row.dataset.case === evt.detail.caseNo);
  });
}

/** j and k walk the queue, Enter opens, letters of data-key press what carries them, ? lists them all. */
function pressKey(evt, desk, go) {
  const isTyping = evt.target.closest?.("input, textarea, select, dialog");
  if (evt.ctrlKey || evt.metaKey || evt.altKey) return;
  if (evt.key === "Escape" && !document.querySelector("dialog[open]")) {
    evt.target.blur?.();
    if (!isTyping && desk.querySelector(".sheet[data-case]")) go(withCase(null));
    return;
  }
  if (isTyping) return;
  if (evt.key === "j" || evt.key === "k") walk(desk, evt.key === "j" ? 1 : -1);
  else if (evt.key === "?") document.querySelector("dialog[data-keys]")?.showModal();
  else if (evt.key === "m") document.querySelector(".map canvas")?.focus();
  else if (evt.key === "l") (desk.querySelector(".case-row.is-selected > a") ?? desk.querySelector(".case-row > a"))?.focus();
  else pressNamed(desk, evt);
}

function pressNamed(desk, evt) {
  if (!/^[a-z]$/.test(evt.key)) return;
  const named = desk.querySelector(`[data-key="${evt.key}"]`);
  if (!named) return;
  evt.preventDefault();
  if (named.tagName === "DETAILS") {
    named.open = true;
    named.querySelector("select, textarea, input:not([type=hidden]), button")?.focus();
  } else if (named.tagName === "INPUT") named.select();
  else named.click();
}

function walk(desk, step) {
  const links = [...desk.querySelectorAll(".case-row > a")];
  const here = links.findIndex((link) => link === document.activeElement);
  const selected = links.findIndex((link) => link.parentElement.classList.contains("is-selected"));
  const next = links[Math.max(0, Math.min(links.length - 1, (here >= 0 ? here : selected) + step))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function knownRows(desk) {
  return new Set([...desk.querySelectorAll(".case-row")].map((row) => row.dataset.case));
}

function markNew(desk, before) {
  if (before.size === 0) return;
  for (const row of desk.querySelectorAll(".case-row")) row.classList.toggle("is-new", !before.has(row.dataset.case));
}

/** Whether a step is being filled in, or the focus lies in a form. */
function isWriting(desk) {
  return desk.querySelector(".ask[open]") !== null || desk.contains(document.activeElement?.closest("form") ?? null);
}

/** Brings the list up to date after others acted; what is being written is never taken away. */
function refresh(desk, state) {
  state.busy = state.busy.then(async () => {
    const isBusy = () => isWriting(desk);
    const before = knownRows(desk);
    const focused = document.activeElement?.closest(".case-row")?.dataset.case;
    const anchor = anchorOf(desk);
    const { isSwapped } = isBusy() ? { isSwapped: false } : await swapFrom(location.href, { complete: keepLong(desk), unless: isBusy });
    if (!isSwapped) {
      const note = desk.querySelector("[data-changed]");
      if (note) note.hidden = false;
      return;
    }
    markNew(desk, before);
    if (focused) rowOf(desk, focused)?.querySelector("a")?.focus({ preventScroll: true });
    holdStill(desk, anchor);
    tellMap(desk, false);
  }).catch((fault) => console.warn(_("列表没有更新"), fault));
}

/** The row that must stay where the reader has it, and where that is; none at the top of a list that nobody is in. */
function anchorOf(desk) {
  const list = desk.querySelector(".pane-body");
  const focused = document.activeElement?.closest(".case-row");
  if (!list || (list.scrollTop === 0 && !focused)) return null;
  const top = list.getBoundingClientRect().top;
  const row = focused ?? [...list.querySelectorAll(".case-row")].find((one) => one.getBoundingClientRect().bottom > top);
  return row ? { name: row.dataset.case, top: row.getBoundingClientRect().top } : null;
}

/** Scrolls a list that was brought up to date so that what came in above moves nothing. */
function holdStill(desk, anchor) {
  const row = anchor && rowOf(desk, anchor.name);
  if (row) desk.querySelector(".pane-body").scrollTop += row.getBoundingClientRect().top - anchor.top;
}

function rowOf(desk, name) {
  return desk.querySelector(`.case-row[data-case="${CSS.escape(name)}"]`);
}

function debounce(act, ms) {
  let waiting = null;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, ms);
  };
}
