/** Attach files: choose, show and read them. */

import { h, icon, toast } from "./dom.js";
import { label, t } from "./words.js";

const MOST_FILES = 10;
const MOST_BYTES = 10 * 1024 * 1024;

/** Read a file as `{filename, data}`, with the bytes in base64. */
export function readFile(file) {
  if (file.size > MOST_BYTES) return Promise.reject(new Error(t("{name} is too large: the limit is 10 MiB.", file)));
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ filename: file.name, data: reader.result.slice(reader.result.indexOf(",") + 1) });
    reader.onerror = () => reject(new Error(t("{name} could not be read.", file)));
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
    this.input = fileInput(t("Files to attach"), (files) => this.add(files), { multiple: true, id: "attach-files", ...label("Files to attach") });
    this.button = h("button", { type: "button", class: "go attach", title: t("Attach files"), ...label("Attach files"), onclick: () => this.input.click() }, icon("plus"));
    this.element = h("ul", { class: "attaching", ...label("Attached files") });
  }

  get files() {
    return this.#files;
  }

  add(files) {
    const room = MOST_FILES - this.#files.length;
    if (files.length > room) toast(t("A message can have at most {most} files", { most: MOST_FILES }));
    this.set([...this.#files, ...files.slice(0, room)]);
  }

  set(files) {
    this.#files = files;
    // Not as soon as they were shown: a browser may load them again.
    for (const { src } of this.element.querySelectorAll("img")) URL.revokeObjectURL(src);
    this.element.replaceChildren(...files.map((file) => this.#row(file)));
  }

  #row(file) {
    const drop = () => this.set(this.#files.filter((other) => other !== file));
    return h("li", {}, thumbnail(file), h("span", {}, file.name), h("button", { type: "button", class: "quiet", "aria-label": t("Remove {name}", file), onclick: drop }, icon("close")));
  }
}

function thumbnail(file) {
  if (!file.type.startsWith("image/")) return icon("file");
  return h("img", { class: "thumbnail", src: URL.createObjectURL(file), alt: "" });
}
