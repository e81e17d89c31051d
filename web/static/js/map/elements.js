// Elements that float on the map, made by hand. No MapLibre.

/** An element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A sign of the sheet of icons. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons/ui.svg#${name}`);
  svg.append(use);
  return svg;
}

/** A square button with a sign and a label. */
export function tool(name, label, press) {
  const button = make("button", { type: "button", "aria-label": label, title: label }, icon(name));
  button.addEventListener("click", press);
  return button;
}

