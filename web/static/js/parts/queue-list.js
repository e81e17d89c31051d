// The page of the queue: every item as it stands, with what was written, and what can be done with it.

import { calm } from "../phone/calm.js";
import { isEditable, serverTime, writtenIn } from "../phone/rules.js";
import { dropItem, keepItem, listItems, onChange, photosOf } from "../phone/store.js";
import { _ } from "../words.js";

const PAUSE_MS = 250;
const MOST_PICTURED = 30;
const ORDER = ["refused", "draft", "sending", "waiting", "sent"];
const STATE_WORDS = { draft: () => _("草稿"), waiting: () => _("等待发送"), sending: () => _("正在发送"), sent: () => _("已发送"), refused: () => _("被退回") };
const ICONS = { draft: "tasks", waiting: "inbox", sending: "send", sent: "done", refused: "warning" };
const NO_WORDS = {
  photo_cleared: () => _("照片已被手机清理，文字还在。请重新拍照后提交。"),
  sign_in: () => _("登录已失效。内容都在本机，登录后自动发送。"),
  no_network: () => _("没有网络，有信号时自动发送。"),
};

export async function start(list) {
  const owner = document.querySelector('meta[name="person"]').content;
  const icons = document.querySelector("[data-icons]").dataset.icons;
  const known = new Rows(icons);
  const draw = async () => {
    const items = await listItems();
    const own = items.filter((item) => item.owner === owner).sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || (one.madeAt < other.madeAt ? 1 : -1));
    const rows = [];
    for (const [n, item] of own.entries()) rows.push(await known.of(item, n < MOST_PICTURED));
    known.keepOnly(own);
    if (rows.some((element, n) => list.children[n] !== element) || list.children.length !== rows.length) list.replaceChildren(...rows);
    document.querySelector("[data-queue-empty]").hidden = own.length > 0;
    document.querySelector("[data-queue-send]").hidden = !own.some((item) => item.state === "waiting");
    const others = items.filter((item) => item.owner !== owner && item.state !== "sent").length;
    const said = document.querySelector("[data-queue-others]");
    said.hidden = others === 0;
    said.querySelector("span").textContent = _("本机还有另一位同事的 {n} 件没有发送。内容不会给您看，也不会以您的名义发送；请那位同事登录一次。", { n: others });
  };
  document.querySelector("[data-queue-send] button").addEventListener("click", () => document.dispatchEvent(new CustomEvent("phone:send")));
  const later = calm(draw, PAUSE_MS);
  onChange(() => later().catch((fault) => console.error(fault)));
  await draw();
  sayKept();
}

/** Rows that are drawn already: one is drawn anew when its item says something else. Five hundred items change one by one. */
class Rows {
  constructor(icons) {
    this.icons = icons;
    this.drawn = new Map();
  }

  async of(item, isPictured) {
    const said = JSON.stringify([item.state, item.reason, item.code, item.caseNo, item.attempts > 0, item.photos, item.fields, isPictured]);
    if (this.drawn.get(item.id)?.said !== said) this.drawn.set(item.id, { said, element: await row(item, this.icons, isPictured) });
    return this.drawn.get(item.id).element;
  }

  keepOnly(items) {
    const ids = new Set(items.map((item) => item.id));
    for (const id of this.drawn.keys()) if (!ids.has(id)) this.drawn.delete(id);
  }
}

function sayKept() {
  const said = document.querySelector("[data-queue-kept]");
  said.hidden = !new URLSearchParams(location.search).has("kept");
}

function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

async function row(item, icons, isPictured) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon icon-small");
  icon.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${icons}#${ICONS[item.state]}`);
  icon.append(use);
  const when = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(serverTime(item)));
  const head = make("div", { class: "top" }, make("strong", { class: "what" }, item.title || "–"), make("span", { class: `queue-state is-${item.state}` }, icon, STATE_WORDS[item.state]()));
  const told = [when, item.photos.length > 0 ? _("{n} 张照片", { n: item.photos.length }) : "", item.caseNo && item.state === "sent" ? `${_("案卷号")} ${item.caseNo}` : ""].filter(Boolean).join(" · ");
  const reason = item.reason ?? NO_WORDS[item.code]?.() ?? null;
  const written = writtenIn(item);
  const photos = make("div", { class: "photos" });
  const element = make("li", { class: "queue-item", "data-item": item.id, "data-state": item.state }, head,
    make("p", { class: "quiet small" }, told), written && make("p", {}, written),
    reason && item.state !== "sent" ? make("p", { class: item.state === "refused" ? "field-error" : "quiet small" }, reason) : null, photos, actions(item));
  for (const photo of item.state === "sent" || !isPictured ? [] : await photosOf(item)) {
    if (!photo) continue;
    const image = make("img", { alt: _("照片") });
    image.src = URL.createObjectURL(photo.blob);
    image.addEventListener("load", () => URL.revokeObjectURL(image.src));
    photos.append(make("figure", {}, image));
  }
  return element;
}

function actions(item) {
  const bar = make("div", { class: "row" });
  if (item.state === "sent" && item.page) bar.append(make("a", { class: "button", href: item.page }, _("查看")));
  if (isEditable(item)) {
    const mark = item.origin.includes("?") ? "&" : "?";
    bar.append(make("a", { class: "button button-main", href: `${item.origin}${mark}item=${item.id}` }, item.state === "draft" ? _("继续填写") : _("修改")));
  }
  if (item.state === "refused" && item.code !== "photo_cleared") bar.append(button(_("再发一次"), async () => {
    await keepItem({ ...item, state: "waiting", nextAt: 0 });
    document.dispatchEvent(new CustomEvent("phone:send"));
  }));
  if (item.task) bar.append(make("a", { class: "button", href: `/m/tasks/${item.task}` }, _("看案件")));
  if (isEditable(item) || item.state === "sent") bar.append(button(item.state === "sent" ? _("清除") : _("删除"), (element) => confirmDrop(element, item)));
  return bar;
}

function button(words, act) {
  const element = make("button", { class: "button", type: "button" }, words);
  element.addEventListener("click", () => act(element));
  return element;
}

/** What was written cannot be had back: the first tap asks, the second removes. */
function confirmDrop(element, item) {
  if (item.state === "sent" || element.dataset.sure) return dropItem(item.id);
  element.dataset.sure = "yes";
  element.classList.add("button-danger");
  element.textContent = _("确认删除");
  return undefined;
}
