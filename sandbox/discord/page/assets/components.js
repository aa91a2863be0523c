/** Draw components: buttons, select menus, and the layout of Components V2. */

import { h, icon, rendered, safeUrl, toast } from "./dom.js";
import { selectMenu } from "./select.js";
import { t } from "./words.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 6: "primary" };

/**
 * @typedef {object} Context
 * @property {import("./world.js").World} world
 * @property {string} channelId
 * @property {(customId: string, values: string[]|undefined, control: HTMLElement) => void} press
 */

/**
 * @param {object[]} components
 * @param {Context} context
 * @returns {Node[]}
 */
export function componentRows(components, context) {
  return components.map((component) => draw(component, context));
}

const DRAWERS = {
  1: (row, context) => h("div", { class: "action-row" }, componentRows(row.components ?? [], context)),
  2: button,
  3: selectMenu,
  9: (section, context) =>
    h("div", { class: "section" }, h("div", {}, componentRows(section.components ?? [], context)), section.accessory && draw(section.accessory, context)),
  10: (text) => rendered(text.html, text.content),
  14: (separator) => h("hr", { class: `separator ${separator.spacing === 2 ? "wide" : ""} ${separator.divider === false ? "blank" : ""}` }),
  17: container,
};

function draw(component, context) {
  const drawer = DRAWERS[component.type];
  return drawer ? drawer(component, context) : h("p", { class: "faint" }, t("(A component of type {type}, which this demo does not draw)", component));
}

function button(component, context) {
  const { style, label, emoji, disabled, url, custom_id: customId } = component;
  const inside = [emoji?.name && h("span", { class: "emoji" }, emoji.id ? `:${emoji.name}:` : emoji.name), label && h("span", {}, label)];
  if (style === 5) {
    const address = url && safeUrl(url);
    const props = { class: "button secondary", href: disabled ? null : address, target: "_blank", rel: "noopener noreferrer nofollow", "aria-disabled": Boolean(disabled) };
    return h("a", props, inside, icon("link"));
  }
  const press = ({ currentTarget }) => (customId ? context.press(customId, undefined, currentTarget) : toast(t("This button cannot be pressed here.")));
  return h("button", { type: "button", class: `button ${STYLES[style] ?? "secondary"}`, disabled: Boolean(disabled), "data-custom-id": customId, onclick: press }, inside);
}

function container(component, context) {
  const box = h("div", { class: "container" }, componentRows(component.components ?? [], context));
  const { accent_color: accent } = component;
  if (accent !== null) box.style.borderInlineStartColor = `#${accent.toString(16).padStart(6, "0")}`;
  return box;
}
