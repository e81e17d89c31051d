// "带走我的网格": how large the pack will be, fetching it with progress, how large it became, what it holds, and room on the phone.

import { difference, sayBytes } from "../phone/pack-rules.js";
import { askContents, dropPack, fetchPack, heldPack } from "../phone/pack.js";
import { _ } from "../words.js";

export async function start(section) {
  if (!globalThis.caches || !globalThis.indexedDB) return;
  section.hidden = false;
  const owner = document.querySelector('meta[name="person"]').content;
  const part = (name) => section.querySelector(`[data-pack=${name}]`);
  const [take, stop, drop, bar, said, room] = ["take", "stop", "drop", "bar", "said", "room"].map(part);
  let going = null;
  const show = async () => {
    const held = await heldPack(owner);
    drop.hidden = !held;
    said.textContent = held ? sayHeld(held) : _("还没有带走。带走以后，没有信号也能看任务、地图和部件。");
    take.querySelector("span").textContent = held ? _("更新离线包") : _("带走我的网格");
    await showRoom(room);
  };
  take.addEventListener("click", async () => {
    take.disabled = true;
    going = new AbortController();
    try {
      await navigator.storage?.persist?.();
      const contents = await askContents(await here());
      const before = await heldPack(owner);
      const wanted = difference(before?.entries ?? [], contents.entries).fetch;
      said.textContent = wanted.length === 0 ? _("已是最新。") : _("要取 {n} 项，约 {size}。", { n: wanted.length, size: sayBytes(wanted.reduce((sum, entry) => sum + entry.bytes, 0)) });
      [bar.hidden, stop.hidden, bar.max, bar.value] = [false, false, contents.entries.length, contents.entries.length - wanted.length];
      const held = await fetchPack(contents, {
        signal: going.signal,
        tell: ({ done, all, bytes }) => {
          bar.value = done;
          said.textContent = _("{done}/{all} 项，已有 {size}", { done, all, size: sayBytes(bytes) });
        },
      });
      await show();
      if (held.missing > 0) said.textContent = _("还差 {n} 项没有取到，已取的都在。有信号时再点一次，只取剩下的。", { n: held.missing });
    } catch (fault) {
      console.warn("the pack was not fetched", fault);
      said.textContent = fault?.name === "QuotaExceededError" ? _("手机存储已满，没有取完。请清理手机存储后再点一次，只取剩下的。") : _("现在没有网络，没有取成。有信号时再点一次。");
    }
    [take.disabled, bar.hidden, stop.hidden] = [false, true, true];
  });
  stop.addEventListener("click", () => going?.abort());
  drop.addEventListener("click", async () => {
    await dropPack(owner);
    await show();
  });
  await show();
}

function sayHeld(held) {
  const names = held.grids.map((grid) => grid.name || grid.code).slice(0, 3).join("、");
  const day = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(held.at);
  const what = _("{size}，{tasks} 件任务，{day} 更新", { size: sayBytes(held.bytes), tasks: held.tasks, day });
  return names ? `${names} · ${what}` : what;
}

async function showRoom(room) {
  const { usage, quota } = await navigator.storage?.estimate?.() ?? {};
  const isKept = await navigator.storage?.persisted?.();
  room.textContent = quota ? _("本机已用 {used}，最多可用 {quota}{kept}", { used: sayBytes(usage), quota: sayBytes(quota), kept: isKept ? _("，系统不会自动清理") : "" }) : "";
}

/** Where the phone is, when it knows: who has no responsibility grid takes along what is around. */
function here() {
  return new Promise((resolve) => {
    if (!navigator.geolocation) return resolve(null);
    navigator.geolocation.getCurrentPosition(({ coords }) => resolve({ lon: coords.longitude, lat: coords.latitude }), () => resolve(null), { maximumAge: 300_000, timeout: 4_000 });
    return undefined;
  });
}
