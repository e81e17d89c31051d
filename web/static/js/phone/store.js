// The phone's own store: items of the queue, their photos, positions, and what else outlives a page. In IndexedDB through idb.
// Whoever opens it first brings items of older versions up to date; what cannot be written is told as `full`.

import { openDB } from "../../vendor/idb/index.js";
import { PACKS, isReplaceable } from "./pack-rules.js";
import { SCHEMA, isOld, resumed, upgraded } from "./rules.js";
import { spareOf } from "./shift-rules.js";

const NAME = "citygrid-phone";
const VERSION = 4;
const TOLD = "citygrid-queue";

export class StoreFull extends Error {}

let opened = null;

/** The open database; opened once, and again after the browser closed it. */
function open() {
  opened ??= openDB(NAME, VERSION, {
    upgrade: (db, oldVersion, _newVersion, transaction) => {
      if (!db.objectStoreNames.contains("items")) db.createObjectStore("items", { keyPath: "id" });
      if (!db.objectStoreNames.contains("photos")) db.createObjectStore("photos", { keyPath: "id" });
      if (!db.objectStoreNames.contains("meta")) db.createObjectStore("meta");
      for (const name of ["positions", "duty"]) {
        if (!db.objectStoreNames.contains(name)) db.createObjectStore(name, { keyPath: "n", autoIncrement: true });
        const rows = transaction.objectStore(name);
        if (!rows.indexNames.contains("owner")) rows.createIndex("owner", "owner");
      }
      if (!db.objectStoreNames.contains("calls")) db.createObjectStore("calls", { keyPath: "id" });
      if (oldVersion > 0 && oldVersion < VERSION) return bringUp(db, transaction);
      return undefined;
    },
    blocking: () => close(),
    terminated: () => { opened = null; },
  }).catch((fault) => {
    opened = null;
    throw fault;
  });
  return opened;
}

async function close() {
  const db = await opened;
  opened = null;
  db?.close();
}

/** Version 1 called its store of items `reports`; later ones are read from `items`. */
async function bringUp(db, transaction) {
  const items = transaction.objectStore("items");
  const older = db.objectStoreNames.contains("reports") ? await transaction.objectStore("reports").getAll() : [];
  for (const record of [...older, ...await items.getAll()]) {
    const { item, inside } = upgraded(record);
    const photos = inside.map((photo, n) => ({ ...photo, id: photo.id ?? crypto.randomUUID(), n, item: item.id, owner: item.owner, field: photo.field ?? "photos" }));
    for (const photo of photos) await transaction.objectStore("photos").put(photo);
    await items.put({ ...item, photos: [...item.photos, ...photos.map((photo) => photo.id)] });
  }
  if (db.objectStoreNames.contains("reports")) db.deleteObjectStore("reports");
}

async function write(work) {
  try {
    return await work(await open());
  } catch (fault) {
    if (fault?.name === "QuotaExceededError") throw new StoreFull(fault.message);
    throw fault;
  }
}

/**
 * Keeps an item where the phone is full: lets go what can be had again or matters less, step by step, until it fits. First
 * what was sent, then tiles of the map and pictures of tasks, then all positions but one a minute; photos never.
 * Throws StoreFull when nothing helps.
 */
export async function keepItemSomehow(item, photos = []) {
  let full = null;
  for (const letGo of [null, dropSent, dropTiles, thinPositions]) {
    try {
      await letGo?.();
      await keepItem(item, photos);
      return;
    } catch (fault) {
      if (!(fault instanceof StoreFull)) throw fault;
      full = fault;
    }
  }
  throw full;
}

async function dropSent() {
  for (const item of await listItems()) if (item.state === "sent") await dropItem(item.id);
}

/** Tiles and pictures of every pack on this phone: they come again with the next fetching of the pack. */
async function dropTiles() {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PACKS)) continue;
    const cache = await caches.open(name);
    for (const asked of await cache.keys()) if (isReplaceable(new URL(asked.url))) await cache.delete(asked);
    await remember(`pack:${name.slice(PACKS.length)}`, null);
  }
}

async function thinPositions() {
  await write(async (db) => {
    const transaction = db.transaction("positions", "readwrite");
    for (const n of spareOf(await transaction.store.getAll())) await transaction.store.delete(n);
    await transaction.done;
  });
}

/** Tells every page and the worker that the queue is another one now. */
export function tell() {
  const channel = new BroadcastChannel(TOLD);
  channel.postMessage("changed");
  channel.close();
}

/** Calls `changed` whenever some page or the worker changed the queue. */
export function onChange(changed) {
  const channel = new BroadcastChannel(TOLD);
  channel.addEventListener("message", () => changed());
  return channel;
}

export async function listItems() {
  const db = await open();
  return (await db.getAll("items")).map((record) => upgraded(record).item);
}

export async function getItem(id) {
  const found = await (await open()).get("items", id);
  return found ? upgraded(found).item : null;
}

/** Keeps an item, and photos with it, all or nothing. */
export async function keepItem(item, photos = []) {
  await write(async (db) => {
    const transaction = db.transaction(["items", "photos"], "readwrite", { durability: "strict" });
    await Promise.all([
      ...photos.map((photo) => transaction.objectStore("photos").put(photo)),
      transaction.objectStore("items").put({ ...item, schema: SCHEMA }),
      transaction.done,
    ]);
  });
  tell();
}

/** Forgets an item with its photos. */
export async function dropItem(id) {
  await write(async (db) => {
    const transaction = db.transaction(["items", "photos"], "readwrite");
    const item = await transaction.objectStore("items").get(id);
    for (const photo of item?.photos ?? []) await transaction.objectStore("photos").delete(photo);
    await transaction.objectStore("items").delete(id);
    await transaction.done;
  });
  tell();
}

/** Photos of an item in their order; null for one that the system cleared away. */
export async function photosOf(item) {
  const db = await open();
  return Promise.all(item.photos.map(async (id) => (await db.get("photos", id)) ?? null));
}

export async function dropPhotos(ids) {
  await write(async (db) => {
    const transaction = db.transaction("photos", "readwrite");
    for (const id of ids) await transaction.store.delete(id);
    await transaction.done;
  });
}

/** What was being sent when a script ended waits again; what was sent long ago is forgotten. For whoever holds the lock. */
export async function tidy(now) {
  await dropOrphans();
  for (const item of await listItems()) {
    if (isOld(item, now)) await dropItem(item.id);
    else if (item.state === "sending") await keepItem(resumed(item)).catch(orFull);
  }
}

/** What a full phone cannot write now is written another time. */
function orFull(fault) {
  if (!(fault instanceof StoreFull)) throw fault;
}

/** Photos that no item names any more. */
async function dropOrphans() {
  const db = await open();
  const transaction = db.transaction(["items", "photos"], "readwrite");
  const named = new Set((await transaction.objectStore("items").getAll()).flatMap((item) => item.photos ?? []));
  for (const id of await transaction.objectStore("photos").getAllKeys()) if (!named.has(id)) await transaction.objectStore("photos").delete(id);
  await transaction.done;
}

export async function recall(name) {
  return (await open()).get("meta", name);
}

export async function remember(name, value) {
  await write((db) => db.put("meta", value, name));
}

/** Adds a row of `positions` or `duty`; both are of somebody and have numbers in the order in which they came. */
export async function addRow(name, row) {
  await write((db) => db.add(name, row));
}

/** Writes a row again that is there already. */
export async function putRow(name, row) {
  await write((db) => db.put(name, row));
}

/** Rows of somebody in `positions` or `duty`, in their order, so many at most. */
export async function listRows(name, owner, most) {
  return (await open()).getAllFromIndex(name, "owner", owner, most);
}

/** How many rows of `positions` or `duty` are somebody's, and how many are of others. */
export async function countRows(name, owner) {
  const { store } = (await open()).transaction(name); // one: a row that comes between two would be somebody else's
  const [own, all] = await Promise.all([store.index("owner").count(owner), store.count()]);
  return { own, others: all - own };
}

export async function dropRows(name, numbers) {
  await write(async (db) => {
    const transaction = db.transaction(name, "readwrite");
    for (const n of numbers) await transaction.store.delete(n);
    await transaction.done;
  });
}

/** Calls for help, the newest first. */
export async function listCalls() {
  return (await (await open()).getAll("calls")).sort((one, other) => (one.at < other.at ? 1 : -1));
}

export async function keepCall(call) {
  await write((db) => db.put("calls", call));
  tell();
}

/** Writes a call for help again where it is there still: one that was taken back meanwhile stays away. */
export async function renewCall(call) {
  await write(async (db) => {
    const transaction = db.transaction("calls", "readwrite");
    if (await transaction.store.get(call.id)) await transaction.store.put(call);
    await transaction.done;
  });
  tell();
}

export async function dropCall(id) {
  await write((db) => db.delete("calls", id));
  tell();
}
