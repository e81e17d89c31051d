// The call for help. Held for a moment, or pressed twice, the button calls, with a position or without, with network or without:
// what nobody heard yet is said so, with the numbers of police and ambulance beside it, and goes out before everything else.

import { callState } from "../phone/shift-rules.js";
import { newCall, sendCalls } from "../phone/shift.js";
import { whoAmI } from "../phone/sender.js";
import { dropCall, keepCall, listCalls, onChange, recall } from "../phone/store.js";
import { _ } from "../words.js";

const HOLD_MS = 1_200;
const TWICE_FROM_MS = 300;
const ARMED_MS = 5_000;
const UNHEARD_EVERY_MS = 5_000;
const HEARD_EVERY_MS = 15_000;
const FIX_MOST_MS = 10 * 60_000;

export async function start(panel) {
  const sos = new Sos(panel, document.querySelector('meta[name="person"]').content);
  for (const button of document.querySelectorAll("[data-sos=call]")) sos.link(button);
  panel.querySelector("[data-sos=shut]").addEventListener("click", () => sos.shut());
  window.addEventListener("online", () => sos.send());
  if (globalThis.indexedDB && globalThis.BroadcastChannel) onChange(() => sos.show());
  await sos.show();
  sos.send();
}

class Sos {
  constructor(panel, owner) {
    this.panel = panel;
    this.owner = owner;
    this.fix = null;
    this.held = null; // a call that the phone could not keep: it is sent from here
    this.timer = 0;
    this.turn = 0; // counts calls and takings back: what was taken back while it was written is not sent
  }

  /** Held long enough, a button calls; a short press arms it for a few seconds, the next one calls. */
  link(button) {
    const word = button.querySelector("[data-word]");
    const said = word.textContent;
    let [holding, armedAt, calledAt] = [0, 0, 0];
    const call = () => {
      calledAt = Date.now();
      rest();
      this.call();
    };
    const rest = () => {
      clearTimeout(holding);
      armedAt = 0;
      word.textContent = said;
      button.classList.remove("is-armed", "is-held");
    };
    button.hidden = false;
    button.addEventListener("pointerdown", (evt) => {
      if (evt.button !== 0) return;
      this.#locate();
      button.classList.add("is-held");
      clearTimeout(holding);
      holding = setTimeout(call, HOLD_MS);
    });
    for (const name of ["pointerup", "pointerleave", "pointercancel"]) {
      button.addEventListener(name, () => {
        clearTimeout(holding);
        button.classList.remove("is-held");
      });
    }
    button.addEventListener("contextmenu", (evt) => evt.preventDefault());
    button.addEventListener("click", () => {
      const now = Date.now();
      if (now - calledAt < 1_000) return;
      if (armedAt > 0) {
        if (now - armedAt >= TWICE_FROM_MS) call();
        return;
      }
      this.#locate();
      armedAt = now;
      word.textContent = _("再按一次，立即求助");
      button.classList.add("is-armed");
      setTimeout(() => armedAt === now && rest(), ARMED_MS);
    });
  }

  /** The position is asked for as soon as a finger lies on the button; the call does not wait for it. */
  #locate() {
    navigator.geolocation?.getCurrentPosition(({ coords }) => {
      this.fix = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, at: new Date().toISOString() };
    }, () => {}, { enableHighAccuracy: true, maximumAge: 30_000, timeout: 5_000 });
  }

  async call() {
    navigator.vibrate?.(200);
    const turn = (this.turn += 1);
    this.#say("waiting", { code: "" });
    const now = Date.now();
    const isFresh = (fix) => fix && Math.abs(now - Date.parse(fix.at)) < FIX_MOST_MS;
    const kept = await recall(`last:${this.owner}`).catch(() => null);
    const fix = [this.fix, kept].find(isFresh) ?? null;
    const offsetMs = await recall("offsetMs").catch(() => null) ?? null;
    if (turn !== this.turn) return;
    const call = newCall(this.owner, { now, offsetMs, fix });
    this.held = call;
    await keepCall(call).catch((fault) => console.error("a call for help is not kept, it is sent all the same", fault));
    if (turn !== this.turn) {
      await dropCall(call.id).catch(() => {});
      return;
    }
    await this.send();
  }

  /** Sends, and again until somebody heard; then asks whether somebody answered. */
  async send() {
    clearTimeout(this.timer);
    const token = document.querySelector('meta[name="csrf"]')?.content ?? "";
    const calls = await this.#calls();
    const open = calls.find((one) => callState(one) !== "answered" && !one.shut);
    if (!open) return;
    await sendCalls({ owner: this.owner, token, whoAmI, held: this.held, told: (call) => { if (this.held || call.heardAt) this.held = call; } });
    await this.show();
    const isHeard = (await this.#calls()).every((one) => one.heardAt);
    this.timer = setTimeout(() => this.send(), isHeard ? HEARD_EVERY_MS : UNHEARD_EVERY_MS);
  }

  async #calls() {
    const kept = await listCalls().catch(() => []);
    const own = kept.filter((one) => one.owner === this.owner);
    return this.held && !own.some((one) => one.id === this.held.id) ? [this.held, ...own] : own;
  }

  async show() {
    const [call] = (await this.#calls()).filter((one) => !one.shut);
    if (call) this.#say(callState(call), call);
    else this.panel.hidden = true;
  }

  #say(state, call) {
    const { panel } = this;
    const [title, words] = SAID[state](call);
    panel.hidden = false;
    panel.dataset.state = state;
    const [said, more] = ["said", "more"].map((name) => panel.querySelector(`[data-sos=${name}]`));
    if (said.textContent !== title) said.textContent = title; // said aloud once, not with every attempt
    if (more.textContent !== words) more.textContent = words;
    panel.querySelector("[data-sos=sign-in]").hidden = call.code !== "sign_in";
    panel.querySelector("[data-sos=shut]").textContent = state === "waiting" ? _("我没事了，取消求助") : _("知道了");
  }

  /** A call that nobody heard is taken back; one that was heard stays with those who heard it. */
  async shut() {
    clearTimeout(this.timer);
    this.turn += 1;
    this.held = null;
    for (const call of await this.#calls()) {
      if (call.heardAt) await keepCall({ ...call, shut: true });
      else await dropCall(call.id);
    }
    await this.show();
  }
}

const SAID = {
  waiting: (call) => (call.code === ""
    ? [_("正在呼叫指挥中心…"), _("还没有人听到。情况紧急请同时拨打下面的电话。")]
    : [_("求助还没有人听到"), call.code === "sign_in" ? _("登录已失效，指挥中心收不到。请立即拨打下面的电话。") : _("现在没有网络。已存在本机，恢复网络后首先自动发出。请立即拨打下面的电话。")]),
  heard: (call) => [_("指挥中心已收到求助"), call.where.lon === undefined ? _("手机没有定位，没有送出您现在的位置。请打电话把位置告诉指挥中心。") : _("您的位置已一起送到。请留在安全的地方，保持手机畅通。")],
  answered: (call) => [_("{name}已接警", { name: call.answeredBy }), call.note || _("请留在安全的地方，保持手机畅通。")],
};
