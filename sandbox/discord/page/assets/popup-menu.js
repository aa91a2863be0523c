/** A menu above everything else, at a point of the window: for the actions on a message. */

import { h, icon } from "./dom.js";

const MARGIN = 8;

/**
 * @typedef {{label: string, icon: string, run: () => unknown, danger?: boolean, group?: string}} Action
 */
export class PopupMenu {
  #opener = null;

  constructor() {
    // A menu that opens on the press of a button must not close on its release, so the page closes it by itself.
    this.element = h("div", { class: "menu", popover: "manual", role: "menu", onkeydown: (event) => this.#key(event), oncontextmenu: (event) => event.preventDefault() });
    document.body.append(this.element);
    document.addEventListener("pointerdown", ({ target }) => !this.element.contains(target) && !this.#opener?.contains(target) && this.close(), true);
    addEventListener("resize", () => this.close());
    addEventListener("blur", () => this.close());
  }

  get open() {
    return this.element.matches(":popover-open");
  }

  /**
   * @param {string} label
   * @param {Action[]} actions
   * @param {{x: number, y: number}} point the corner of the menu, as far as it fits into the window
   * @param {HTMLElement} opener gets the focus back
   */
  show(label, actions, { x, y }, opener) {
    this.close();
    this.#opener = opener;
    this.element.setAttribute("aria-label", label);
    this.element.replaceChildren(...actions.flatMap((action, at) => this.#row(action, actions[at - 1])));
    this.element.showPopover();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.element.style.left = `${Math.max(MARGIN, Math.min(x, innerWidth - width - MARGIN))}px`;
    this.element.style.top = `${Math.max(MARGIN, Math.min(y, innerHeight - height - MARGIN))}px`;
    this.#items()[0]?.focus();
  }

  close() {
    if (!this.open) return;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidePopover();
    if (hadFocus && this.#opener?.isConnected) this.#opener.focus();
    this.#opener = null;
  }

  #row(action, previous) {
    const run = () => {
      this.close();
      action.run();
    };
    const item = h("button", { type: "button", role: "menuitem", class: action.danger && "danger", onclick: run }, icon(action.icon), action.label);
    const heading = action.group && action.group !== previous?.group;
    return heading ? [h("div", { class: "group", role: "presentation" }, action.group), item] : [item];
  }

  #items() {
    return [...this.element.querySelectorAll("button")];
  }

  #key(event) {
    const items = this.#items();
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) items.at(to % items.length).focus();
    else if (event.key === "Escape" || event.key === "Tab") this.close();
    else return;
    event.preventDefault();
  }
}
