// Fetches and keeps the pack: asks for its contents, fetches what differs, and says how far it is.

import { MORE_OF_SHELL, cacheOf, difference, keyOf, sortOf } from "./pack-rules.js";
import { recall, remember } from "./store.js";

const AT_ONCE = 4;
const LOST_AT_MOST = 12;

/** The contents of the pack as the server has them now, for the place where the phone is. */
export async function askContents(here = null) {
  const query = here ? `?lon=${here.lon.toFixed(3)}&lat=${here.lat.toFixed(3)}` : "";
  const answer = await fetch(`/m/pack.json${query}`, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`pack: ${answer.status}`);
  return { ...await answer.json(), query };
}

/** What is held for somebody: `{at, entries, bytes, grids}`; null when nothing is. What the system cleared away is not held. */
export async function heldPack(owner) {
  const held = await recall(`pack:${owner}`);
  if (!held) return null;
  return (await caches.has(cacheOf(owner))) ? held : null;
}

/**
 * Fetches what differs from what is held; `tell({done, all, bytes})` hears how far it is, `signal` stops it.
 * What came is kept, so that going on later fetches only the rest. Answers the pack as it is held now, `missing` counted.
 */
export async function fetchPack(contents, { tell = () => {}, signal } = {}) {
  const { owner, query } = contents;
  const before = await heldPack(owner);
  const { fetch: wanted, kept, drop } = difference(before?.entries ?? [], contents.entries);
  const done = [...kept];
  let [bytes, lost, n] = [kept.reduce((sum, entry) => sum + (entry.size ?? entry.bytes), 0), 0, 0];
  const left = [...wanted];
  const save = (more = {}) => remember(`pack:${owner}`, { at: Date.now(), entries: done, bytes, grids: contents.grids, isOwn: contents.is_own, tasks: contents.tasks, missing: left.length, ...more });
  const work = async () => {
    while (left.length > 0 && !signal?.aborted && lost < LOST_AT_MOST) {
      const entry = left.shift();
      const size = await fetchOne(owner, entry, query, signal).catch(() => null);
      if (size === null) {
        lost += 1;
        left.push(entry);
        if (lost >= LOST_AT_MOST) break;
        continue;
      }
      bytes += size;
      n += 1;
      done.push({ url: entry.url, version: entry.version, size });
      tell({ done: kept.length + n, all: contents.entries.length, bytes });
      if (n % 40 === 0) await save();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (left.length === 0) await dropAll(owner, drop);
  await save();
  return heldPack(owner);
}

async function fetchOne(owner, entry, query, signal) {
  const address = entry.url === "/m/pack/area.json" ? entry.url + query : entry.url;
  const answer = await fetch(address, { headers: { accept: "*/*", "x-pack": "yes" }, signal, cache: "no-cache" });
  if (answer.redirected || (!answer.ok && answer.status !== 404)) throw new Error(`${address}: ${answer.status}`);
  if (!answer.ok) return 0; // it is gone meanwhile: nothing to keep
  const body = await answer.blob();
  const url = new URL(address, location.origin);
  const isShell = sortOf(url) === "shell";
  const cache = await caches.open(isShell ? MORE_OF_SHELL : cacheOf(owner));
  await cache.put(isShell ? url.href : keyOf(url), new Response(body, { headers: headersOf(answer) }));
  return body.size;
}

function headersOf(answer) {
  const kept = new Headers();
  for (const name of ["content-type", "etag", "x-citygrid-person"]) if (answer.headers.has(name)) kept.set(name, answer.headers.get(name));
  return kept;
}

async function dropAll(owner, entries) {
  const cache = await caches.open(cacheOf(owner));
  for (const entry of entries) await cache.delete(keyOf(new URL(entry.url, location.origin)));
}

/** Forgets the pack of somebody. */
export async function dropPack(owner) {
  await caches.delete(cacheOf(owner));
  await remember(`pack:${owner}`, null);
}

/** What is known of the area without asking; null when nothing is packed. */
export async function packedArea(owner) {
  const cache = await caches.open(cacheOf(owner));
  const answer = await cache.match("/m/pack/area.json");
  return answer ? answer.json() : null;
}
