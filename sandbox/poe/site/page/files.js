// The files of the next prompt: the hidden input, the previews, and an upload that takes a moment.
import { telemetry, uploadFirst } from "./gql.js";
import { css, el, on, page } from "./dom.js";
import { toast } from "./dialogs.js";

const UPLOAD = (page.moods["upload-slow"] ?? 0.3) * 1000;

export class Files {
  // onChange() is called whenever the previews or the upload's state have changed.
  constructor(onChange) {
    this.onChange = onChange;
    this.chosen = [];
    this.uploading = 0;
    this.input = el("input", { type: "file", multiple: true, hidden: true, class: css("fileInput"), change: () => this.choose() });
    this.previews = el("div", { class: "previews" });
  }

  choose() {
    for (const file of this.input.files) this.add(file);
    this.input.value = "";
  }

  add(file) {
    const remove = el("button", { type: "button", class: css("fileRemove"), click: () => this.remove(file, preview) }, "✕");
    const progress = el("span", { role: "progressbar" }, "…");
    const preview = el("div", { class: css("filePreview") }, file.name, progress, remove);
    this.previews.append(preview);
    this.chosen.push(file);
    this.uploading += 1;
    this.onChange();
    telemetry("file_upload_begun");
    const waited = new Promise((done) => setTimeout(done, UPLOAD));
    const uploaded = on("upload-first") ? uploadFirst(file).then((jwt) => (file.jwt = jwt)) : waited;
    Promise.all([uploaded, waited]).then(() => on("upload-dropped"), () => true).then((lost) => {
      this.uploading -= 1;
      progress.remove();
      if (lost) this.drop(file, preview);
      this.onChange();
    });
  }

  remove(file, preview) {
    preview.remove();
    this.chosen = this.chosen.filter((other) => other !== file);
    this.onChange();
  }

  drop(file, preview) {
    this.remove(file, preview);
    toast(`${file.name} could not be uploaded.`);
  }

  take() {
    const taken = this.chosen;
    this.chosen = [];
    this.previews.replaceChildren();
    return taken;
  }
}
