// A picture of a video with what it shows burnt in: camera, name, moment. Wording is pure: tested with node.

const ZONE = "Asia/Shanghai";
const MOST_PX = 1920;

/** The moment in the city's time: "2026-09-18 09:30:05". */
export function sayMoment(date) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short", timeStyle: "medium" }).format(date);
}

/** The name of the file: the camera and the moment, without signs that names of files should not have. */
export function fileName(code, date) {
  return `${code.replace(/[^\w-]/g, "_")}-${sayMoment(date).replace(/[-:]/g, "").replace(" ", "-")}.jpg`;
}

/** The size of the picture: the video's own, no side longer than 1,920 pixels. */
export function sizeOf(width, height) {
  const share = Math.min(1, MOST_PX / Math.max(width, height));
  return { width: Math.round(width * share), height: Math.round(height * share) };
}

/** The picture on screen as a JPEG file. */
export async function takePicture(video, { code, name, date }) {
  const { width, height } = sizeOf(video.videoWidth, video.videoHeight);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, width, height);
  burn(pen, { width, height, left: `${code} ${name}`, right: sayMoment(date) });
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
  return new File([blob], fileName(code, date), { type: "image/jpeg", lastModified: date.getTime() });
}

function burn(pen, { width, height, left, right }) {
  const size = Math.max(11, Math.round(height / 26));
  const bar = Math.round(size * 1.8);
  pen.fillStyle = "rgb(0 0 0 / 62%)";
  pen.fillRect(0, height - bar, width, bar);
  pen.font = `600 ${size}px ${getComputedStyle(document.body).fontFamily}`;
  pen.fillStyle = "#ffffff";
  pen.textBaseline = "middle";
  const [margin, line] = [Math.round(size * 0.6), height - bar / 2];
  pen.textAlign = "right";
  pen.fillText(right, width - margin, line);
  pen.textAlign = "left";
  pen.fillText(left, margin, line, width - 3 * margin - pen.measureText(right).width);
}
