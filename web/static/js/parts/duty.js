// On and off duty on one's own page: the text to agree to is shown and agreed to before anything is recorded; consent can be
// taken back, which ends the shift. Going on and off is kept and sent later where there is no network. Positions themselves
// are recorded by every page of the phone (phone/on-duty.js).

import { agree, askShift, goOn, shiftOf, takeBack } from "../phone/shift.js";
import { knownOffset, sendShiftOf, whoAmI } from "../phone/sender.js";
import { countRows, onChange, recall, remember } from "../phone/store.js";
import { _ } from "../words.js";

const NAMES = ["said", "waits", "problem", "consent", "text", "agree", "refuse", "switch", "agreed", "agreed-text", "withdraw", "version"];

export async function start(section) {
  if (!globalThis.indexedDB || !globalThis.BroadcastChannel) return;
  await new Duty(section, document.querySelector('meta[name="person"]').content).begin();
}

class Duty {
  constructor(section, owner) {
    this.section = section;
    this.owner = owner;
    this.part = Object.fromEntries(NAMES.map((name) => [name, section.querySelector(`[data-duty=${name}]`)]));
    this.isAsking = false;
    this.isForMe = true;
  }

  async begin() {
    const { part } = this;
    part.switch.addEventListener("click", () => this.#switch());
    part.agree.addEventListener("click", () => this.#agree());
    part.refuse.addEventListener("click", () => this.#refuse());
    part.withdraw.addEventListener("click", () => this.#withdraw());
    await this.#show(await shiftOf(this.owner));
    onChange(() => shiftOf(this.owner).then((shift) => this.#show(shift)));
    await whoAmI(); // how wrong this phone's clock is, before anything is written by it
    const shift = await askShift(this.owner);
    this.isForMe = shift.isForMe; // leaders go on no duty
    await this.#show(shift);
    this.section.dataset.asked = "yes";
  }

  async #show(shift) {
    const { part } = this;
    this.shift = shift;
    const text = textOf(shift.told);
    const agreed = shift.agreed?.version ?? shift.told?.agreed_version ?? null; // on another phone, maybe
    const isOld = shift.isOn && Boolean(shift.told) && agreed !== shift.told.consent.version;
    this.section.hidden = !this.isForMe;
    part.consent.hidden = !(this.isAsking || isOld);
    part.text.textContent = text;
    part["agreed-text"].textContent = text;
    part.version.textContent = shift.told ? shift.told.consent.version : "";
    part.agreed.hidden = !(shift.agreed || shift.isOn) || isOld || text === "";
    part.switch.hidden = !part.consent.hidden;
    part.switch.textContent = shift.isOn ? _("下班签退") : _("上班签到");
    part.switch.classList.toggle("button-main", !shift.isOn);
    part.said.textContent = shift.isOn ? await sayOn(shift) : _("不在岗，不记录位置。");
    const kept = await countRows("positions", this.owner);
    const waits = [shift.isSent ? "" : _("签到签退已存在本机，有网络时按当时的时间发出。"), kept.own > 0 && !navigator.onLine ? _("{n} 个位置等待发送。", { n: kept.own }) : ""];
    part.waits.textContent = waits.filter(Boolean).join("");
    part.waits.hidden = part.waits.textContent === "";
    const refused = await recall(`refused:${this.owner}`);
    this.#complain(refused ?? (isOld ? _("位置告知书有新的版本，请阅读后再决定。") : ""));
  }

  #complain(words) {
    this.part.problem.textContent = words;
    this.part.problem.hidden = words === "";
  }

  async #switch() {
    await remember(`refused:${this.owner}`, null);
    if (this.shift.isOn) return this.#go("end");
    const version = this.shift.told?.consent?.version ?? null;
    if (version === null) return this.#complain(_("位置告知书还没有取到，请在有网络时打开一次这一页。"));
    if (this.shift.agreed?.version === version) return this.#go("start");
    this.isAsking = true;
    await this.#show(this.shift);
    this.part.consent.focus();
    return undefined;
  }

  async #agree() {
    const wasOn = this.shift.isOn;
    this.isAsking = false;
    await agree(this.owner, this.shift.told.consent.version);
    if (wasOn) await this.#sent();
    else await this.#go("start");
  }

  /** Who does not agree goes on no duty; a shift that is under way under an older text ends. */
  async #refuse() {
    this.isAsking = false;
    const { isOn, isSent } = this.shift;
    if (isOn && !isSent) await takeBack(this.owner); // the server refused to begin under the older text: nothing began
    if (isOn && isSent) await this.#withdraw();
    else await this.#show(await shiftOf(this.owner));
  }

  async #withdraw() {
    await agree(this.owner, null);
    await this.#go("end");
  }

  async #go(kind) {
    await goOn(this.owner, kind);
    await this.#sent();
  }

  async #sent() {
    await this.#show(await shiftOf(this.owner));
    document.dispatchEvent(new CustomEvent("phone:duty"));
    await sendShiftOf().catch((fault) => console.warn("duty waits", fault));
    await this.#show(await shiftOf(this.owner));
  }
}

function textOf(told) {
  const consent = told?.consent;
  if (!consent) return "";
  return document.documentElement.lang.startsWith("zh") ? consent.text : consent.text_en;
}

/** Since when somebody is on duty; a moment of the phone's own clock is told as the server counts. */
async function sayOn({ since, isSent }) {
  const ahead = isSent ? 0 : await knownOffset();
  const at = since ? new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(Date.parse(since) + ahead) : "";
  return _("在岗，自 {at}。移动时每 5 到 15 秒记一次位置，下班即停。请让城管通开着，锁屏后不记录。", { at });
}
