// The service worker of the phone's pages (scope /m). It keeps the shell (scripts, styles, icons), answers from the pack where
// there is no network, and sends the queue when the browser says that the network is back.
// Pages carry whose they are: everything personal lies in a cache of that person and is shown to nobody else.

import { PrecacheController, StaleWhileRevalidate, registerRoute } from "../../vendor/workbox/workbox.mjs";
import { MORE_OF_SHELL, cacheOf, keyOf, sortOf } from "./pack-rules.js";
import { sendAll } from "./sender.js";
import { recall, remember } from "./store.js";

const PATIENCE_MS = 3_000;
const OWNER = "x-citygrid-person";
const SYNC = "citygrid-queue";

/** Starts the worker: `shell` lists what is always kept, `offline` the page that says that a page is not packed. */
export function start({ shell, offline }) {
  const precache = new PrecacheController({ cacheName: "citygrid-shell" });
  precache.addToCacheList(shell);
  self.addEventListener("install", (evt) => {
    precache.install(evt);
    self.skipWaiting();
  });
  self.addEventListener("activate", (evt) => {
    precache.activate(evt);
    evt.waitUntil(self.clients.claim());
  });
  const revisions = new Map(shell.map(({ url, revision }) => [url, revision]));
  registerRoute(({ url, sameOrigin }) => sameOrigin && url.pathname !== offline && revisions.has(url.pathname), (asked) => fromShell(asked, { precache, revisions }));
  const more = new StaleWhileRevalidate({ cacheName: MORE_OF_SHELL });
  registerRoute(({ url, sameOrigin }) => sameOrigin && sortOf(url) === "shell", more);
  registerRoute(({ url, sameOrigin, request }) => sameOrigin && request.method === "GET" && sortOf(url) === "packed", (asked) => networkFirst(asked, { offline, precache }));
  registerRoute(({ url, sameOrigin }) => sameOrigin && sortOf(url) === "photo", packFirst);
  self.addEventListener("sync", (evt) => {
    if (evt.tag === SYNC) evt.waitUntil(sendAll({ isUrgent: true }));
  });
  self.addEventListener("periodicsync", (evt) => {
    if (evt.tag === SYNC) evt.waitUntil(sendAll());
  });
}

/** A file of the shell. A page that is newer than this worker names a newer version, which only the network has. */
async function fromShell({ request, url }, { precache, revisions }) {
  const asked = url.searchParams.get("v");
  const isNewer = asked !== null && asked !== revisions.get(url.pathname);
  const fresh = isNewer ? await fetch(request).catch(() => null) : null;
  return fresh ?? (await precache.matchPrecache(url.pathname)) ?? fetch(request);
}

/** The network's answer, kept when it is a page of somebody's; where it does not come in time, what was kept. */
async function networkFirst({ request, url, event }, { offline, precache }) {
  const network = fetch(request);
  const isKept = request.mode === "navigate" || url.pathname.startsWith("/m/pack");
  const kept = network.then((answer) => (isKept ? keep(url, answer.clone()) : undefined)).catch(() => {});
  event.waitUntil(kept);
  const first = await Promise.race([network.catch(() => null), pause(PATIENCE_MS)]);
  if (first) return first;
  const packed = await find(url);
  if (packed) return packed;
  if (first === undefined) {
    const late = await network.catch(() => null);
    if (late) return late;
  }
  if (request.mode !== "navigate") return Response.error();
  return (await precache.matchPrecache(offline)) ?? Response.error();
}

/** Pictures never change under their address: what is packed is as good as what the network has. */
async function packFirst({ request, url }) {
  return (await find(url)) ?? fetch(request);
}

/** Keeps a page under its owner, whom the answer names; a stranger's page makes that person the one who is at the phone. */
async function keep(url, answer) {
  const owner = answer.headers.get(OWNER);
  if (!answer.ok || answer.redirected || !owner) return;
  if (owner !== await recall("owner")) await remember("owner", owner);
  const cache = await caches.open(cacheOf(owner));
  await cache.put(keyOf(url), answer);
}

async function find(url) {
  const owner = await recall("owner").catch(() => null); // the store may be of a newer page while this worker ends
  if (!owner) return null;
  const cache = await caches.open(cacheOf(owner));
  return (await cache.match(keyOf(url))) ?? null;
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
