/** A list of choices that another element controls: the composer's pickers and the select menus of messages. */

import { h } from "./dom.js";

let lastId = 0;

/**
 * @typedef {object} Item
 * @property {string} [group] a heading above the first item that has it
 * @property {() => Node[]} show returns the content of the row
 * @property {boolean} [selected] for lists with several choices
 */
export class Listbox {
  /** @type {Item[]} */
  items = [];
  active = -1;

  /**
   * @param {string} label
   * @param {(item: Item) => void} onPick
   * @param {{several?: boolean}} [options]
   */
  constructor(label, onPick, { several = false } = {}) {
    this.id = `list-${++lastId}`;
    this.onPick = onPick;
    this.element = h("div", { class: "listbox", id: this.id, role: "listbox", "aria-label": label, "aria-multiselectable": several, hidden: true });
    // A click on the list must not take the focus away from the field.
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get open() {
    return !this.element.hidden;
  }

  get current() {
    return this.open ? this.items[this.active] ?? null : null;
  }

  /**
   * @param {Item[]} items
   * @param {number} [active] the row to highlight, -1 for none
   */
  show(items, active = 0) {
    this.items = items;
    this.element.replaceChildren(...items.flatMap((item, index) => this.#row(item, index)));
    this.element.hidden = items.length === 0;
    this.activate(Math.min(active, items.length - 1));
  }

  hide() {
    this.element.hidden = true;
    this.element.replaceChildren();
    this.items = [];
    this.active = -1;
    this.#tellField();
  }

  /** Attach a field that announces the highlighted row (the combobox pattern). */
  attach(field) {
    this.field = field;
    field.setAttribute("aria-controls", this.id);
    this.#tellField();
  }

  activate(index) {
    this.active = index;
    this.#rows().forEach((row, at) => row.classList.toggle("active", at === index));
    this.#rows()[index]?.scrollIntoView({ block: "nearest" });
    this.#tellField();
  }

  /** @returns {boolean} whether the key was for the list */
  key(event) {
    if (!this.open || this.items.length === 0) return false;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step) this.activate((Math.max(this.active, step > 0 ? -1 : 0) + step + this.items.length) % this.items.length);
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") {
      if (event.shiftKey || !this.current) return false;
      this.onPick(this.current);
    } else if (event.key === "Escape") this.hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #row(item, index) {
    const heading = item.group && item.group !== this.items[index - 1]?.group;
    const row = h(
      "div",
      { class: "option", id: `${this.id}-${index}`, role: "option", "aria-selected": String(Boolean(item.selected)), onclick: () => this.onPick(item) },
      item.show(),
    );
    row.addEventListener("pointermove", () => this.active !== index && this.activate(index));
    return heading ? [h("div", { class: "group", role: "presentation" }, item.group), row] : [row];
  }

  #rows() {
    return [...this.element.querySelectorAll(".option")];
  }

  #tellField() {
    this.field?.setAttribute("aria-expanded", String(this.open));
    if (this.current) this.field?.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.field?.removeAttribute("aria-activedescendant");
  }
}
