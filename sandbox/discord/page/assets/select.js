/** A message's select menu: a button that opens a list. */

import { h, icon } from "./dom.js";
import { Listbox } from "./listbox.js";
import { t } from "./words.js";

/** A list opens upwards if there are fewer pixels than this below its menu. */
const ROOM_FOR_LIST = 420;

/**
 * @param {object} component
 * @param {import("./components.js").Context} context
 */
export function selectMenu(component, context) {
  const { options } = component;
  const several = (component.max_values ?? 1) > 1;
  const chosen = new Set(options.filter((option) => option.default).map(({ value }) => value));
  const label = h("span", { class: "chosen" });
  const list = new Listbox(component.placeholder || t("Choices"), ({ option }) => (several ? toggle(option) : finish([option.value])), { several });
  const control = h(
    "button",
    { type: "button", class: "select", role: "combobox", "aria-haspopup": "listbox", disabled: Boolean(component.disabled), "data-custom-id": component.custom_id },
    label,
    icon("down"),
  );
  const place = h("div", { class: "select-place" }, control, list.element);
  list.attach(control);

  const open = () => {
    const room = document.documentElement.clientHeight - control.getBoundingClientRect().bottom;
    place.classList.toggle("upward", room < ROOM_FOR_LIST);
    const active = options.findIndex(({ value }) => chosen.has(value));
    list.show(options.map((option) => item(option, chosen, several)), Math.max(0, active));
  };
  const redraw = () => {
    const names = options.filter(({ value }) => chosen.has(value)).map((option) => option.label);
    label.textContent = names.join(", ") || component.placeholder || t("Make a selection");
    label.classList.toggle("faint", names.length === 0);
  };
  const finish = (values) => {
    chosen.clear();
    values.forEach((value) => chosen.add(value));
    list.hide();
    redraw();
    context.press(component.custom_id, values, control);
  };
  const toggle = ({ value }) => {
    if (chosen.has(value)) chosen.delete(value);
    else if (chosen.size < component.max_values) chosen.add(value);
    const at = list.active;
    open();
    list.activate(at);
    redraw();
  };
  const close = () => {
    if (!list.open) return;
    list.hide();
    const values = options.map(({ value }) => value).filter((value) => chosen.has(value));
    if (several && values.length >= (component.min_values ?? 1)) finish(values);
  };

  control.addEventListener("click", () => (list.open ? close() : open()));
  control.addEventListener("blur", close);
  control.addEventListener("keydown", (event) => {
    if (several && event.key === "Tab") return;
    if (event.key === "Escape" && list.open) list.hide();
    else if (!list.key(event) && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      open();
    }
  });
  redraw();
  return place;
}

function item(option, chosen, several) {
  const selected = chosen.has(option.value);
  return {
    option,
    selected,
    show: () => [
      option.emoji?.name && h("span", { class: "emoji" }, option.emoji.name),
      h("span", { class: "what" }, h("span", {}, option.label), option.description && h("span", { class: "faint" }, option.description)),
      selected && icon("check"),
      several && !selected && h("span", { class: "tick-box" }),
    ].filter(Boolean),
  };
}
