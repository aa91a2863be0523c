// The data from the server, and a short way to make elements.

export const page = JSON.parse(document.getElementById("__NEXT_DATA__").textContent).props.pageProps;

// The class attribute of a role in this skin and build; "" if the skin has no such element.
export const css = (role) => page.classes[role] ?? "";

// A button's aria-label; old skins have none.
export const labelled = (name) => (page.labelled ? { "aria-label": page.labels[name] } : {});

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== "") element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export const button = (role, label, text, attributes = {}) =>
  el("button", { type: "button", class: css(role), ...labelled(label), ...attributes }, text);

// Whether a mood is on for this page, or turned on by the prompt that is about to be sent.
export const on = (mood, prompt = "") => mood in page.moods || prompt.includes(`!${mood}`);

// What asks which moods are on by now; null if nothing asks.
let asking = null;

export const moodsAsked = () => asking;

// Ask it: a page may have been open for long before somebody writes.
export function askMoods() {
  asking ??= fetch("/_next/data/moods")
    .then(async (response) => (page.moods = await response.json()), () => page.moods)
    .finally(() => (asking = null));
}
