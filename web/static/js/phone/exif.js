// What a camera wrote of a photo, carried over to the copy that a canvas makes of it. Pure: bytes in, bytes out.

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];
const ORIENTATION = 0x0112;

/** The APP1 segment with EXIF of a JPEG, marker and length with it; null when it has none. */
export function exifOf(bytes) {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    const isExif = bytes[at + 1] === 0xe1 && EXIF.every((byte, n) => bytes[at + 4 + n] === byte);
    if (length < 2 || at + 2 + length > bytes.length) return null;
    if (isExif) return bytes.slice(at, at + 2 + length);
    at += 2 + length;
  }
  return null;
}

/** The segment saying that the picture stands upright, as a canvas draws it; as it was where it cannot be read. */
export function upright(segment) {
  const turned = segment.slice();
  const view = new DataView(turned.buffer, turned.byteOffset, turned.byteLength);
  const tiff = 10;
  if (turned.length < tiff + 8) return turned;
  const isLittle = view.getUint16(tiff) === 0x4949;
  const entries = tiff + view.getUint32(tiff + 4, isLittle);
  if (entries + 2 > turned.length) return turned;
  const count = view.getUint16(entries, isLittle);
  for (let n = 0; n < count; n += 1) {
    const entry = entries + 2 + 12 * n;
    if (entry + 12 > turned.length) break;
    if (view.getUint16(entry, isLittle) === ORIENTATION) view.setUint16(entry + 8, 1, isLittle);
  }
  return turned;
}

/** A JPEG with the segment behind its beginning. */
export function withExif(jpeg, segment) {
  const made = new Uint8Array(jpeg.length + segment.length);
  made.set(jpeg.subarray(0, 2));
  made.set(segment, 2);
  made.set(jpeg.subarray(2), 2 + segment.length);
  return made;
}
