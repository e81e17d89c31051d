// Plays the HLS of a camera in a video element. The only module that knows hls.js, loaded when something is played.
// Every address is one of ours; what cannot be played is told in the server's own words.

import { _ } from "../words.js";

const HLS = "../../vendor/hls/hls.light.min.mjs";
const WORKER = new URL("../../vendor/hls/hls.worker.js", import.meta.url).href;
const NATIVE = "application/vnd.apple.mpegurl";

/**
 * Opens a playlist; answers a stream with `close()` and `shownAt()`, the moment that the picture shows if it says so.
 * `onRefused(words)` is called once when it cannot be played, `onPlaying()` when the first picture moves.
 */
export async function openStream(video, playlist, { onPlaying = () => {}, onRefused = () => {} } = {}) {
  const { default: Hls } = await import(HLS);
  const over = new AbortController();
  const refuse = async () => {
    if (over.signal.aborted) return;
    over.abort();
    onRefused(await whyNot(playlist));
  };
  video.addEventListener("playing", onPlaying, { once: true, signal: over.signal });
  if (!Hls.isSupported()) return openNatively(video, playlist, { over, refuse });
  const hls = new Hls({ workerPath: WORKER, maxBufferLength: 20, backBufferLength: 8, liveSyncDurationCount: 2 });
  hls.on(Hls.Events.ERROR, (_evt, fault) => {
    if (!fault.fatal) return;
    hls.destroy();
    refuse();
  });
  hls.on(Hls.Events.MANIFEST_PARSED, () => begin(video));
  hls.loadSource(playlist);
  hls.attachMedia(video);
  return {
    close() {
      over.abort();
      hls.destroy();
    },
    shownAt: () => hls.playingDate ?? null,
  };
}

/** A browser without media sources (an iPhone) plays HLS itself, from the same addresses. */
function openNatively(video, playlist, { over, refuse }) {
  if (video.canPlayType(NATIVE) === "") refuse();
  video.addEventListener("error", refuse, { signal: over.signal });
  video.src = playlist;
  begin(video);
  return {
    close() {
      over.abort();
      video.removeAttribute("src");
      video.load();
    },
    shownAt: () => null,
  };
}

function begin(video) {
  video.play().catch(() => {
    // a browser that lets nothing begin by itself gets the keys of a video
    video.controls = true;
  });
}

/** Why the server gives no playlist; a general sentence when it does but the browser cannot play it. */
async function whyNot(playlist) {
  try {
    const answer = await fetch(playlist, { headers: { accept: "application/json" } });
    if (!answer.ok) {
      const { message } = await answer.json();
      return message;
    }
  } catch {
    return _("网络不通，视频中断了。");
  }
  return _("视频中断了，或浏览器放不了这种画面。");
}
