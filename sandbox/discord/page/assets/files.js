/** Attach files: choose, show and read them. */

import { h, icon, toast } from "./dom.js";

const MOST_FILES = 10;
const MOST_BYTES = 10 * 1024 * 1024;

/** Read a file as `{filename, data}`, with the bytes in base64. */
export function readFile(file) {
  if (file.size > MOST_BYTES) return Promise.reject(new Error(`${file.name} is too large: the limit is 10 MiB.`));
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ filename: file.name, data: reader.result.slice(reader.result.indexOf(",") + 1) });
    reader.onerror = () => reject(new Error(`${file.name} could not be read.`));
    reader.readAsDataURL(file);
  });
}

/** An invisible input that opens the browser's file dialog. */
export function fileInput(label, onchoose, props = {}) {
  const input = h("input", { type: "file", class: "unseen", tabindex: "-1", "aria-label": label, ...props });
  input.addEventListener("change", () => {
    onchoose([...input.files]);
    input.value = "";
  });
  return input;
}

/** The files of a message that is being written. */
export class Attachments {
  #files = [];

  constructor() {
    this.input = fileInput("Files to attach", (files) => this.add(files), { multiple: true, id: "attach-files" });
    this.button = h("button", { type: "button", class: "go attach", title: "Attach files", "aria-label": "Attach files", onclick: () => this.input.click() }, icon("plus"));
    this.element = h("ul", { class: "attaching", "aria-label": "Attached files" });
  }

  get files() {
    return this.#files;
  }

  add(files) {
    const room = MOST_FILES - this.#files.length;
    if (files.length > room) toast(`A message can have at most ${MOST_FILES} files`);
    this.set([...this.#files, ...files.slice(0, room)]);
  }

  set(files) {
    this.#files = files;
    this.element.replaceChildren(...files.map((file) => this.#row(file)));
  }

  #row(file) {
    const drop = () => this.set(this.#files.filter((other) => other !== file));
    return h("li", {}, icon("file"), h("span", {}, file.name), h("button", { type: "button", class: "quiet", "aria-label": `Remove ${file.name}`, onclick: drop }, icon("close")));
  }
}
