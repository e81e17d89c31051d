// What every page of the phone does: registers the worker, says who is at the phone, sends what waits, and shows how the queue
// stands: on the bar below, above it in words, and beside the task that was answered.

import { applyLook } from "../phone/look.js";
import { calm } from "../phone/calm.js";
import { keepEssentials } from "../phone/essentials.js";
import { countsOf, writtenIn } from "../phone/rules.js";
import { keepShift } from "../phone/on-duty.js";
import { sendAll } from "../phone/sender.js";
import { countRows, getItem, listCalls, listItems, onChange, remember } from "../phone/store.js";
import { _ } from "../words.js";

applyLook();
const SHOW_PAUSE_MS = 200;
const LONGEST_SLEEP_MS = 5 * 60_000;
const SYNC = "citygrid-queue";

export async function start(line) {
  const owner = document.querySelector('meta[name="person"]').content;
  await remember("owner", owner);
  const show = () => showQueue(line, owner).catch((fault) => console.error("the queue cannot be read", fault));
  onChange(calm(show, SHOW_PAUSE_MS));
  await show();
  await explainLost();
  keepSending(line, show);
  await keepShift(owner, document.querySelector("[data-shift-line]"));
  await registerWorker();
  await navigator.serviceWorker?.ready;
  await keepEssentials(owner).catch((fault) => console.warn("pages are kept another time", fault));
}

/** The worker fetches all of the shell when it is new: that may wait until the page itself is there. */
async function registerWorker() {
  if (!("serviceWorker" in navigator)) return;
  if (!navigator.serviceWorker.controller) await loaded();
  try {
    await navigator.serviceWorker.register("/sw.js", { scope: "/m", type: "module", updateViaCache: "none" });
  } catch (fault) {
    console.warn("the pages of the phone are not kept for later", fault);
  }
}

function loaded() {
  return document.readyState === "complete" ? null : new Promise((resolve) => { window.addEventListener("load", resolve, { once: true }); });
}

/** Sends now, when the network comes back, when the page is looked at again, and when something is due. */
function keepSending(line, show) {
  let timer = 0;
  const send = async (isUrgent) => {
    clearTimeout(timer);
    const { told, nextAt } = await sendAll({ isUrgent }).catch((fault) => {
      console.error("the queue was not sent", fault);
      return { told: "broken", nextAt: null };
    });
    line.dataset.told = told;
    await show();
    if (told === "waiting" || told === "no_network") askForSync();
    if (nextAt !== null) timer = setTimeout(() => send(false), Math.min(Math.max(nextAt - Date.now(), 1_000), LONGEST_SLEEP_MS));
  };
  window.addEventListener("online", () => send(true));
  window.addEventListener("pageshow", (evt) => evt.persisted && send(true));
  document.addEventListener("visibilitychange", () => document.hidden || send(true));
  document.addEventListener("phone:send", () => send(true));
  send(true);
}

async function askForSync() {
  const worker = await navigator.serviceWorker?.getRegistration("/m");
  await worker?.sync?.register(SYNC).catch(() => {}); // not every browser lets it
}

async function showQueue(line, owner) {
  const items = await listItems();
  const counts = countsOf(items, owner);
  const othersShift = (await countRows("positions", owner)).others + (await countRows("duty", owner)).others + (await listCalls()).filter((call) => call.owner !== owner && !call.heardAt).length;
  for (const badge of document.querySelectorAll("[data-queue-count]")) {
    badge.textContent = counts.open || "";
    badge.hidden = counts.open === 0;
  }
  const words = sayQueue({ ...counts, othersShift }, line.dataset.told);
  line.hidden = words === "" || location.pathname === "/m/queue";
  line.classList.toggle("is-refused", counts.refused > 0);
  line.querySelector("[data-words]").textContent = words;
  for (const item of items) if (item.owner === owner && item.task) markTask(item);
}

/** The line above the bar. Pure. */
export function sayQueue(counts, told = "") {
  const waiting = counts.waiting + counts.sending;
  const parts = [];
  if (counts.refused > 0) parts.push(_("{n} 件被退回，请修改", { n: counts.refused }));
  if (waiting > 0) parts.push(told === "sign_in" ? _("{n} 件等您登录后发送", { n: waiting }) : _("{n} 件等待发送", { n: waiting }));
  if (counts.others > 0) parts.push(_("本机另有他人的 {n} 件待发", { n: counts.others }));
  else if (counts.othersShift > 0) parts.push(_("本机另有他人的考勤记录待发"));
  return parts.join(" · ");
}

const TASK_WORDS = {
  draft: () => _("有未提交的草稿"), waiting: () => _("已填写，等待发送"), sending: () => _("正在发送"),
  sent: () => _("已发送"), refused: () => _("被退回，请修改"),
};

function markTask(item) {
  const row = document.querySelector(`.task[href="/m/tasks/${item.task}"]`) ?? (location.pathname === `/m/tasks/${item.task}` ? document.querySelector("[data-own-answer]") : null);
  if (!row) return;
  let said = row.querySelector(".own-answer");
  if (!said) {
    said = document.createElement("span");
    row.append(said);
  }
  said.className = `own-answer is-${item.state}`;
  said.textContent = TASK_WORDS[item.state]();
}

/** A form to which somebody came back from the queue may be gone, since the case moved on: what was written is shown. */
async function explainLost() {
  const id = new URLSearchParams(location.search).get("item");
  const item = id ? await getItem(id) : null;
  const own = document.querySelector('meta[name="person"]').content;
  if (!item || item.owner !== own || [...document.forms].some((form) => form.getAttribute("action") === item.action)) return;
  const said = document.createElement("div");
  said.className = "notice notice-bad";
  said.setAttribute("role", "alert");
  const [title, words] = [document.createElement("strong"), document.createElement("p")];
  title.textContent = _("这一步现在不能办理，您写的内容都还在");
  words.textContent = [item.reason, writtenIn(item)].filter(Boolean).join(" — ");
  said.append(title, words);
  document.querySelector("main").prepend(said);
}
