// Rows of a tour: one more when all are used, and moved up with Alt+Up and down with Alt+Down.

export function start(form) {
  const rows = form.querySelector(".tour-rows");
  const more = form.querySelector("[data-use=more]");
  const most = Number(rows.dataset.most);
  const tell = () => { more.disabled = rows.children.length >= most; };
  more.hidden = false;
  more.addEventListener("click", () => {
    const row = rows.lastElementChild.cloneNode(true);
    row.querySelector("[name=camera]").value = "";
    row.querySelector(".tour-name")?.remove();
    rows.append(row);
    row.querySelector("[name=camera]").focus();
    tell();
  });
  rows.addEventListener("keydown", (evt) => {
    const row = evt.target.closest("li");
    if (!evt.altKey || !["ArrowUp", "ArrowDown"].includes(evt.key)) return;
    evt.preventDefault();
    if (evt.key === "ArrowUp") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    evt.target.focus();
  });
  tell();
}
