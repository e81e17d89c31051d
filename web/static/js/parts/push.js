// Switches web push on and off in this browser. The button says what pressing it does.

import { _ } from "../words.js";

const token = () => document.querySelector('meta[name="csrf"]').content;

export async function start(button) {
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis)) {
    button.replaceWith(_("这个浏览器不支持推送。"));
    return;
  }
  const worker = await navigator.serviceWorker.register(button.dataset.worker);
  let current = await worker.pushManager.getSubscription();
  const tell = () => {
    button.textContent = current ? _("在这个浏览器关闭推送") : _("在这个浏览器开启推送");
    button.hidden = false;
  };
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      current = current ? await switchOff(current) : await switchOn(worker, button.dataset.key);
      tell();
    } catch {
      button.textContent = _("没有开启：浏览器没有允许，或推送服务连不上。再试一次");
    } finally {
      button.disabled = false;
    }
  });
  tell();
}

async function switchOn(worker, key) {
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
  await send("/notices/browsers", made.toJSON());
  return made;
}

async function switchOff(subscription) {
  await send("/notices/browsers/remove", { endpoint: subscription.endpoint });
  await subscription.unsubscribe();
  return null;
}

async function send(address, body) {
  const headers = { "content-type": "application/json", "x-csrf-token": token() };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`push: ${answer.status}`);
}

/** The bytes of base64url. */
export function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}
