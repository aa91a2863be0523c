/** Create and change elements. Text from the server becomes text nodes; only `html` fields are parsed. */

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h16M3 15h16",
  at: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Zm0 0v1.500a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-4 7.5",
  bubbles: "M4 5h12v9H9l-4 3v-3H4ZM19 9h1v8h-1v3l-4-3h-4",
  menu: "M4 7h16M4 12h16M4 17h16",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 20c0-4 3-6 6-6s6 2 6 6M16 4.500a3.5 3.5 0 0 1 0 6.500M17 14c2.5.500 4 2.5 4 6",
  send: "M4 12 20 4l-4 16-5-6ZM11 14l9-10",
  plus: "M12 5v14M5 12h14",
  thread: "M4 5h16v11H10l-4 4v-4H4ZM8 9h8M8 12h5",
  reply: "M10 6 4 12l6 6M4 12h9c4 0 7 2 7 7",
  pencil: "M4 20l1-4L16 5l3 3L8 19ZM14 7l3 3",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  copy: "M9 9h11v11H9ZM5 15V4h11",
  apps: "M5 5h5v5H5ZM14 5h5v5h-5ZM5 14h5v5H5ZM16.5 13.500v6M13.5 16.500h6",
  close: "M6 6l12 12M18 6 6 18",
  down: "M6 9l6 6 6-6",
  link: "M14 5h5v5M19 5l-9 9M17 14v5H5V7h5",
  eye: "M3 12c3-5 6-7 9-7s6 2 9 7c-3 5-6 7-9 7s-6-2-9-7ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
  file: "M7 3h7l4 4v14H7ZM14 3v4h4",
  spark: "M12 3l2 6 6 2-6 2-2 6-2-6-6-2 6-2Z",
  curve: "M22 2H8a5 5 0 0 0-5 5v13",
  check: "M5 12l5 5 9-10",
  quotes: "M4 17c0-6 2-9 6-11M4 17h5v-5H5M14 17c0-6 2-9 6-11M14 17h5v-5h-4",
};

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, unknown>} [props] attributes; `on…` are listeners; false, null and undefined are left out
 * @param {...(Node|string|null|false|undefined|Array)} children strings become text
 * @returns {HTMLElement}
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A line drawing, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Three moving dots, for thinking. */
export function dots() {
  return h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
}

export const $ = (id) => document.getElementById(id);

/** Return a URL that is safe to follow or load, or null. Those of the sandbox become same-origin URLs. */
export function safeUrl(address) {
  const url = URL.parse ? URL.parse(address, location.href) : tryUrl(address);
  if (!url || !["http:", "https:"].includes(url.protocol)) return null;
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return loopback && url.port === location.port ? url.pathname + url.search : url.href;
}

function tryUrl(address) {
  try {
    return new URL(address, location.href);
  } catch {
    return null;
  }
}

/** A block of text: Markdown that the server rendered, or plain text where it sent none. */
export function rendered(html, text) {
  const place = h("div", { class: "content" });
  if (html) place.append(parse(html));
  else place.append(h("div", { class: "lines" }, text ?? ""));
  return place;
}

/** Parse HTML that the server rendered (`html` fields only). */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/**
 * Make target's children like those of source, touching only what differs, so that a growing answer keeps its
 * selection, its revealed spoilers and its place on the screen.
 * @param {Node} target
 * @param {Node} source its nodes are moved where they are new
 */
export function morph(target, source) {
  const wanted = [...source.childNodes];
  wanted.forEach((node, index) => {
    const current = target.childNodes[index];
    if (!current) target.append(node);
    else if (!alike(current, node)) current.replaceWith(node);
    else if (node.nodeType === Node.TEXT_NODE) setText(current, node.data);
    else {
      if (!current.classList.contains("shown")) copyAttributes(current, node);
      morph(current, node);
    }
  });
  while (target.childNodes.length > wanted.length) target.lastChild.remove();
}

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName;
}

function setText(node, text) {
  if (text.startsWith(node.data)) node.appendData(text.slice(node.data.length));
  else if (node.data !== text) node.data = text;
}

function copyAttributes(to, from) {
  for (const { name } of [...to.attributes]) if (!from.hasAttribute(name)) to.removeAttribute(name);
  for (const { name, value } of from.attributes) if (to.getAttribute(name) !== value) to.setAttribute(name, value);
}

/** Fill a place only when what it shows has changed; key stands for all that build depends on but the language. */
export function refill(place, key, build) {
  const now = JSON.stringify([document.documentElement.lang, key]);
  if (place.dataset.key === now) return;
  place.dataset.key = now;
  place.replaceChildren(...[build()].flat(Infinity).filter(Boolean));
}

/** Show a sentence for a while, above any form or menu that is open. */
export function toast(text) {
  const note = h("p", { class: "toast" }, text);
  const place = $("toasts");
  place.append(note);
  if (place.matches(":popover-open")) place.hidePopover();
  place.showPopover();
  setTimeout(() => note.remove(), 6000);
}
