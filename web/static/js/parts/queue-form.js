// A form of the phone that is taken into the queue: kept as a draft while it is written, with its photos; sent from the queue
// when it is submitted. With network that takes a moment and the next page comes as ever; without, the page of the queue.
// Where the phone keeps nothing (private windows), the form is sent as any form is.

import { isEditable, kindOf, newItem } from "../phone/rules.js";
import { preparedPhoto } from "../phone/photos.js";
import { knownOffset, sendAll } from "../phone/sender.js";
import { StoreFull, dropItem, getItem, keepItem, keepItemSomehow, listItems, photosOf } from "../phone/store.js";
import { _ } from "../words.js";

const PATIENCE_MS = 8_000;
const PAUSE_MS = 400;
const NOT_KEPT = new Set(["csrf", "recent-type"]);
const NOT_WRITTEN = new Set(["client_id", "position_source", "revision", "next", "source", "kind", "own_lon", "own_lat", "own_accuracy_m", "accuracy_m", "lon", "lat", "grid", "code", "result"]);

export async function start(form) {
  const owner = document.querySelector('meta[name="person"]')?.content;
  if (!owner || !globalThis.indexedDB || !globalThis.BroadcastChannel) return;
  const kept = await new QueuedForm(form, owner).begin();
  form.dataset.queued = kept ? "restored" : "yes";
}

/** Whether a field holds what the server wrote into it; a box or a choice is somebody's answer. */
function isAsItCame(field) {
  if (field?.type === "hidden") return true;
  return !["checkbox", "radio"].includes(field?.type) && field?.defaultValue !== undefined && field.value === field.defaultValue;
}

class QueuedForm {
  constructor(form, owner) {
    this.form = form;
    this.owner = owner;
    this.action = form.getAttribute("action");
    this.photos = new Map(); // File of an input → its record as the camera gave it, and the promise of the one made ready
    this.timer = 0;
    this.id = null;
    this.isSent = false;
  }

  async begin() {
    const { form } = this;
    document.addEventListener("submit", (evt) => evt.target === form && this.#submit(evt));
    const item = this.#withWords(await this.#find());
    this.id = item?.id ?? form.elements.client_id?.value ?? crypto.randomUUID();
    if (item) await this.#restore(item);
    for (const name of ["input", "change", "place:picked"]) {
      form.addEventListener(name, () => {
        this.#keepWords();
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.#keepDraft(), PAUSE_MS);
      });
    }
    form.addEventListener("change", ({ target }) => target.type === "file" && this.#keepDraft());
    window.addEventListener("pagehide", () => this.#keepDraft());
    return item !== null;
  }

  /** The item that the address asks for, or the last draft of this form. */
  async #find() {
    const asked = new URLSearchParams(location.search).get("item");
    const own = (item) => item && item.owner === this.owner && item.action === this.action && isEditable(item);
    const named = asked ? await getItem(asked) : null;
    if (own(named)) return named;
    const drafts = (await listItems()).filter((item) => own(item) && item.state === "draft");
    return drafts.sort((one, other) => (one.madeAt < other.madeAt ? 1 : -1))[0] ?? null;
  }

  /** Words are kept at once, in a store that answers at once: a page may be gone before the other one has written. */
  #keepWords() {
    try {
      localStorage.setItem(this.#wordsKey, JSON.stringify({ id: this.id, fields: this.#fields() }));
    } catch {
      // full or forbidden: the draft comes a moment later
    }
  }

  #forgetWords() {
    try {
      localStorage.removeItem(this.#wordsKey);
    } catch {
      // as above
    }
  }

  get #wordsKey() {
    return `citygrid.words.${this.owner}.${this.action}`;
  }

  /** A draft with the words that were kept last; words alone are a draft, too. */
  #withWords(item) {
    let kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(this.#wordsKey));
    } catch {
      // nothing that can be read
    }
    if (!kept?.fields || (item && item.id !== kept.id)) return item;
    if (item) return { ...item, fields: kept.fields };
    const isWritten = kept.fields.some(([name, value]) => value.trim() && !NOT_WRITTEN.has(name));
    if (!isWritten || new URLSearchParams(location.search).has("item")) return null;
    return newItem({ id: kept.id, owner: this.owner, action: this.action, kind: kindOf(this.action), origin: location.pathname, title: "", fields: kept.fields, madeAt: new Date().toISOString(), state: "draft" });
  }

  async #restore(item) {
    const { form } = this;
    const hidden = new Set(["revision", "next", "csrf", "client_id"]);
    for (const [name, value] of item.fields) {
      const field = form.elements[name];
      if (!field || hidden.has(name)) continue;
      if (field.type === "checkbox") field.checked = true;
      else if (field.type !== "file" && "value" in field) field.value = value;
    }
    if (form.elements.client_id) form.elements.client_id.value = item.id;
    const lost = await this.#restorePhotos(item);
    for (const radio of form.querySelectorAll("input[type=radio]:checked")) {
      const major = radio.closest("details.major");
      if (major) major.open = true;
      radio.dispatchEvent(new Event("change", { bubbles: true }));
    }
    const ask = form.closest("details.ask");
    if (ask) ask.open = true;
    const words = item.state === "refused" ? item.reason ?? _("请修改后重新提交。") : _("刚才填写的内容还在。");
    this.#say(item.state === "refused" ? _("被退回") : "", `${words}${lost ? _("有照片已被手机清理，请重新拍。") : ""}`, { isBad: item.state === "refused" || lost, drop: () => this.#dropDraft() });
    form.dispatchEvent(new CustomEvent("draft:restored"));
  }

  async #restorePhotos(item) {
    const found = await photosOf(item);
    const byInput = new Map();
    for (const photo of found.filter(Boolean)) {
      const file = new File([photo.blob], photo.name ?? "photo.jpg", { type: photo.blob.type || "image/jpeg" });
      const input = this.form.querySelector(`input[type=file][name="${photo.field}"]`);
      this.photos.set(file, photo.chosenAt && input ? this.#taken(photo, input) : { now: photo, ready: Promise.resolve(photo) });
      byInput.set(photo.field, [...byInput.get(photo.field) ?? [], file]);
    }
    for (const [name, files] of byInput) {
      const input = this.form.querySelector(`input[type=file][name="${name}"]`);
      if (!input) continue;
      const shown = new DataTransfer();
      for (const file of files) shown.items.add(file);
      input.files = shown.files;
      // an input hands out files of its own: they are known by their size and place from here on
      [...input.files].forEach((file, n) => this.photos.set(file, this.photos.get(files[n])));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    return found.includes(null);
  }

  async #dropDraft() {
    clearTimeout(this.timer);
    this.isSent = true;
    this.#forgetWords();
    await dropItem(this.id);
    location.replace(location.pathname);
  }

  #fields(submitter = null) {
    const filled = submitter ? new FormData(this.form, submitter) : new FormData(this.form);
    return [...filled].filter(([name, value]) => typeof value === "string" && !NOT_KEPT.has(name));
  }

  /** Photos of the form's inputs, each with what is had of it now and the promise of the one made ready. */
  #chosenPhotos() {
    const chosen = [];
    for (const input of this.form.querySelectorAll("input[type=file]")) {
      for (const file of input.files) {
        if (file.size === 0) continue;
        if (!this.photos.has(file)) {
          const raw = { id: crypto.randomUUID(), item: this.id, owner: this.owner, name: file.name, blob: file, chosenAt: Date.now() };
          this.photos.set(file, this.#taken(raw, input));
        }
        chosen.push({ photo: this.photos.get(file), field: input.name });
      }
    }
    return chosen;
  }

  /** A photo that is made ready once, under its own number: small, upright, with time and place burnt in where that is asked. */
  #taken(raw, input) {
    const photo = { now: raw, ready: null };
    photo.ready = (async () => {
      const blob = await preparedPhoto(raw.blob, { input, form: this.form, at: new Date(raw.chosenAt + await knownOffset()) });
      const { chosenAt: _at, ...rest } = raw;
      photo.now = { ...rest, blob };
      return photo.now;
    })();
    return photo;
  }

  /** The form as an item with its photos: made ready, or as they are now where waiting could lose them. */
  async #item(state, { submitter = null, isAtOnce = false } = {}) {
    const fields = this.#fields(submitter);
    const photos = await Promise.all(this.#chosenPhotos().map(async ({ photo, field }) => ({ ...isAtOnce ? photo.now : await photo.ready, field })));
    const task = /^\/cases\/(\w+)\//.exec(this.action)?.[1] ?? null;
    const origin = location.pathname + (new URLSearchParams(location.search).has("grid") ? `?grid=${new URLSearchParams(location.search).get("grid")}` : "");
    const title = this.form.dataset.title ?? document.querySelector("h1")?.textContent.trim() ?? "";
    const item = newItem({
      id: this.id, owner: this.owner, action: this.action, kind: kindOf(this.action), origin, title: this.#titleOf(title, fields), fields,
      photos: photos.map((photo) => photo.id), task, madeAt: new Date().toISOString(), offsetMs: await knownOffset(), state,
    });
    return [item, photos];
  }

  #titleOf(title, fields) {
    const chosen = this.form.querySelector("input[name=type]:checked")?.closest(".type")?.textContent.trim();
    const step = this.form.closest("details.ask")?.querySelector("summary span")?.textContent.trim();
    return [chosen ?? title, step].filter(Boolean).join(" · ") || String(fields.length);
  }

  async #keepDraft() {
    clearTimeout(this.timer);
    if (this.isSent) return;
    const isWritten = this.#fields().some(([name, value]) => value.trim() && !NOT_WRITTEN.has(name) && !isAsItCame(this.form.elements[name]));
    const hasPhotos = [...this.form.querySelectorAll("input[type=file]")].some((input) => input.files.length > 0);
    if (!isWritten && !hasPhotos) return;
    const before = await getItem(this.id);
    if (before && !isEditable(before)) return;
    const isRefused = before?.state === "refused";
    // a phone may end the page while a photo is made ready: it is kept as the camera gave it until then
    const isRaw = this.#chosenPhotos().some(({ photo }) => photo.now.chosenAt);
    if (isRaw && !isRefused && !await this.#keep(...await this.#item("draft", { isAtOnce: true }))) return;
    const [item, photos] = await this.#item("draft");
    await this.#keep(isRefused ? { ...item, state: "refused", reason: before.reason, code: before.code } : item, photos);
  }

  /** Keeps a draft and shows that it is kept; false where the form was sent meanwhile or the phone is full. */
  async #keep(item, photos) {
    if (this.isSent) return false;
    try {
      await keepItemSomehow(item, photos);
    } catch (fault) {
      if (!(fault instanceof StoreFull)) throw fault;
      await this.#tellFull({ ...item, photos: [] });
      return false;
    }
    this.#showKept(photos.length);
    return true;
  }

  #showKept(photos) {
    const bar = this.form.querySelector(".send-bar") ?? this.form;
    const shown = bar.querySelector(".queue-kept") ?? bar.insertAdjacentElement("afterbegin", Object.assign(document.createElement("p"), { className: "queue-kept quiet small" }));
    shown.textContent = photos > 0 ? _("草稿已存在手机里，{n} 张照片", { n: photos }) : _("草稿已存在手机里");
  }

  async #submit(evt) {
    if (evt.defaultPrevented) return;
    evt.preventDefault();
    if (this.isSent) return;
    this.isSent = true;
    clearTimeout(this.timer);
    const taking = this.#take(evt.submitter); // reads the fields at once: a disabled button would not be among them
    const buttons = [...this.form.querySelectorAll("button:not([type=button])")];
    for (const button of buttons) button.disabled = true;
    try {
      await taking;
    } catch (fault) {
      if (!(fault instanceof StoreFull)) {
        console.error("the phone keeps nothing, the form is sent as it is", fault);
        if (navigator.onLine) {
          for (const button of buttons) button.disabled = false;
          HTMLFormElement.prototype.submit.call(this.form);
          return;
        }
      }
    }
    this.isSent = false;
    for (const button of buttons) button.disabled = false;
  }

  async #take(submitter) {
    const [item, photos] = await this.#item("waiting", { submitter });
    navigator.storage?.persist?.().catch(() => {}); // asked where it matters: there is something to lose
    try {
      await keepItemSomehow(item, photos);
    } catch (fault) {
      if (fault instanceof StoreFull) await this.#tellFull({ ...item, photos: [], state: "draft" });
      throw fault;
    }
    this.#forgetWords();
    this.#say("", _("正在发送…"), {});
    const sending = sendAll({ isUrgent: true, only: item.id }).catch(() => null);
    await Promise.race([sending, new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); })]);
    const now = await getItem(item.id);
    if (now?.state === "sent") {
      location.assign(now.page ?? "/m/queue");
      await new Promise(() => {}); // the next page is on its way
    }
    if (now?.state === "refused") {
      this.#say(_("没有提交成功"), now.reason ?? _("请修改后重新提交。"), { isBad: true });
      return;
    }
    location.assign(`/m/queue?kept=${item.id}`);
    await new Promise(() => {});
  }

  /** The store is full: words are small and kept; photos are not, and that is said. */
  async #tellFull(item) {
    let words = _("手机存储已满，照片没有存下，文字已保存。请在“待发”里清理已发送的内容，或删掉离线包，再重新拍照。");
    try {
      await keepItem(item);
    } catch {
      words = _("手机存储已满，什么也存不下。请不要关闭这一页，先清理手机存储，再提交。");
    }
    this.#say(_("没有存下"), words, { isBad: true });
  }

  #say(title, words, { isBad = false, drop = null }) {
    this.form.querySelector(".queue-said")?.remove();
    const said = document.createElement("div");
    said.className = `notice queue-said${isBad ? " notice-bad" : " restored"}`;
    said.setAttribute("role", isBad ? "alert" : "status");
    if (title) said.append(Object.assign(document.createElement("strong"), { textContent: title }));
    said.append(Object.assign(document.createElement("p"), { textContent: words }));
    if (drop) {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: _("清空重填") });
      button.addEventListener("click", drop);
      said.append(button);
    }
    this.form.prepend(said);
    if (isBad) said.scrollIntoView({ block: "nearest" });
  }
}
