/** An option that takes a file: it has the methods of an OptionField, but the value is chosen instead of typed. */

import { h } from "./dom.js";
import { fileInput, readFile } from "./files.js";
import { t } from "./words.js";

export class FileField {
  chosen = null;
  offered = [];
  pending = false;
  choices = null;
  text = "";

  /**
   * @param {object} option
   * @param {{onfocus: Function, onkeydown: Function}} listeners
   */
  constructor(option, listeners) {
    this.option = option;
    const dialogue = fileInput(`${option.name}: ${option.description}`, ([file]) => file && this.#take(file), { "data-file": option.key });
    this.input = h(
      "button",
      {
        type: "button",
        class: "choose-file",
        onclick: () => dialogue.click(),
        onfocus: () => listeners.onfocus(this),
        // While nothing is chosen, Enter opens the browser's dialog; then it sends, as in the other fields.
        onkeydown: (event) => (event.key === "Enter" || event.key === " ") && !this.chosen ? undefined : listeners.onkeydown(this, event),
      },
      t("Choose a file"),
    );
    this.element = h("span", { class: "field", "data-option": option.key }, h("span", { class: "field-name" }, option.name), this.input, dialogue);
  }

  get atStart() {
    return true;
  }

  async #take(file) {
    this.complain("");
    try {
      this.chosen = { value: await readFile(file) };
      this.text = file.name;
      this.input.textContent = file.name;
    } catch (error) {
      this.complain(error.message);
      this.input.textContent = error.message;
    }
    this.focus();
  }

  recognize() {}

  choose() {}

  /** @returns {{value?: unknown, problem?: string}} */
  read() {
    if (this.chosen) return { value: this.chosen.value };
    return this.option.required ? { problem: t("This option is required.") } : {};
  }

  complain(problem) {
    this.problem = problem;
    this.element.classList.toggle("invalid", Boolean(problem));
  }

  focus() {
    this.input.focus();
  }
}
