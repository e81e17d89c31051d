// The receipt is not gone back to: the next page takes its place.

export function start(link) {
  link.addEventListener("click", (evt) => {
    evt.preventDefault();
    location.replace(link.href);
  });
}
