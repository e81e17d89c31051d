// The rules of the pack: which address is of which sort, under which key it is kept, what is to be fetched anew. Pure.

export const MORE_OF_SHELL = "citygrid-shell-more";
const SORTS = [
  [/^\/static\//, "shell"],
  [/^\/photos\//, "photo"],
  [/^\/m\/photos\//, "never"],
  [/^\/m\/style\.css$/, "shell"],
  [/^\/m\/map-worker\.mjs$/, "shell"],
  [/^\/m(\/|$)/, "packed"],
  [/^\/tiles\//, "packed"],
  [/^\/words\//, "packed"],
];

/** Whether an address is of the shell, a photo, of what a pack holds, or none of the worker's business. */
export function sortOf({ pathname }) {
  return SORTS.find(([pattern]) => pattern.test(pathname))?.[1] ?? "never";
}

/** How the caches are called that hold what is one person's. */
export const PACKS = "citygrid-pack-";

/** The cache that holds what is one person's. */
export function cacheOf(owner) {
  return `${PACKS}${owner}`;
}

/** Whether a full phone may let something of a pack go: tiles and photos of tasks, which the server has. */
export function isReplaceable({ pathname }) {
  return pathname.startsWith("/tiles/") || pathname.startsWith("/photos/");
}

/** What a query may say that makes another page of it. */
const TELLING = ["grid"];

/**
 * The key under which an address is kept: versions of tiles, filters that only the network answers and what a page says of
 * itself (`?answered=`, `?item=`) are left out, so that the page without them is found.
 */
export function keyOf({ pathname, searchParams }) {
  const kept = TELLING.filter((name) => searchParams.has(name)).map((name) => `${name}=${encodeURIComponent(searchParams.get(name))}`);
  return kept.length > 0 ? `${pathname}?${kept.join("&")}` : pathname;
}

/** What differs between the pack that is here and a new list of contents: `{fetch, drop, kept}`; entries are `{url, version}`. */
export function difference(held, wanted) {
  const known = new Map(held.map((entry) => [entry.url, entry.version]));
  const named = new Set(wanted.map((entry) => entry.url));
  return {
    fetch: wanted.filter((entry) => known.get(entry.url) !== entry.version),
    kept: wanted.filter((entry) => known.get(entry.url) === entry.version),
    drop: held.filter((entry) => !named.has(entry.url)),
  };
}

/** A number of bytes as people read it: 820 kB, 12.4 MB. */
export function sayBytes(bytes) {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
  if (bytes >= 1_000_000_000) return `${(bytes / 1_000_000_000).toFixed(1)} GB`;
  return `${(bytes / 1_000_000).toFixed(bytes < 100_000_000 ? 1 : 0)} MB`;
}
