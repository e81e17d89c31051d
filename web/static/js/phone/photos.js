// Photos before they are kept: not larger than the server keeps them, upright, with time and place burnt into near and far ones.
// What the camera wrote stays with the copy: the evidence rules read it. A file that no canvas can draw is kept as it is.

import { exifOf, upright, withExif } from "./exif.js";
import { burntLines } from "./burning.js";

const LONGEST_SIDE_PX = 2_048;
const FIX_WITHIN_MS = 3_000;
const QUALITY = 0.86;

/** The photo of an input made ready for the store, with the time at which it was taken. */
export async function preparedPhoto(file, { input, form, at }) {
  try {
    if (input.dataset.burn === "yes") await placed(form);
    const lines = input.dataset.burn === "yes" ? burntLines({ at, fields: new FormData(form) }) : [];
    return await redrawn(file, lines);
  } catch (fault) {
    console.warn("a photo is kept as it is", fault);
    return file.slice(0, file.size, file.type); // a copy: a file of the camera may be gone tomorrow
  }
}

/** Waits a moment for the form to know where it is: the first photo is often quicker than the first fix. */
function placed(form) {
  if (!form.elements.lon || form.elements.lon.value || !navigator.geolocation) return undefined;
  return new Promise((resolve) => {
    form.addEventListener("place:picked", resolve, { once: true });
    setTimeout(resolve, FIX_WITHIN_MS);
  });
}

async function redrawn(file, lines) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  if (lines.length > 0) burn(pen, lines);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
  const segment = exifOf(new Uint8Array(await file.slice(0, 256 * 1024).arrayBuffer()));
  if (!segment) return blob;
  return new Blob([withExif(new Uint8Array(await blob.arrayBuffer()), upright(segment))], { type: "image/jpeg" });
}

/** White on a dark band at the lower edge: readable on snow and on asphalt. */
function burn(pen, lines) {
  const { width, height } = pen.canvas;
  const size = Math.max(14, Math.round(Math.min(width, height) / 26));
  const band = size * (1.45 * lines.length + 0.7);
  pen.fillStyle = "rgb(10 22 36 / 62%)";
  pen.fillRect(0, height - band, width, band);
  pen.fillStyle = "#fff";
  pen.textBaseline = "top";
  pen.font = `600 ${size}px "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif`;
  lines.forEach((line, n) => pen.fillText(line, size * 0.7, height - band + size * (0.45 + 1.45 * n), width - size * 1.4));
}
