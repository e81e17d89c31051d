// The version of a layer as addresses of its tiles carry it: `?v=3-…`.

const ASK_AGAIN_MS = 10_000;

/** Addresses of tiles at another version; null when they are at this one already, or carry none. Pure: tested with node. */
export function renewedAddresses(addresses, version) {
  const fresh = addresses.map((address) => address.replace(/([?&]v=)[^&]*/, `$1${encodeURIComponent(version)}`));
  return fresh.some((address, n) => address !== addresses[n]) ? fresh : null;
}

/** Tells the versions again and again while somebody looks: the light way, for pages without a stream. */
export function watchVersions(tell) {
  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch("/tiles/versions", { headers: { accept: "application/json" } });
      if (answer.ok) tell(await answer.json());
    } catch {
      // without network the map stays as it is
    }
  };
  setInterval(ask, ASK_AGAIN_MS);
  document.addEventListener("visibilitychange", ask);
}
