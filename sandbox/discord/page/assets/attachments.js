/** The attachments of a message: pictures side by side, players, the beginning of texts, and cards for other files. */

import { $, h, icon, safeUrl } from "./dom.js";
import { highlight } from "./highlight.js";
import { t } from "./words.js";

const PICTURE = /\.(png|jpe?g|gif|webp|avif)$/i;
const TEXT = /\.(txt|md|log|csv|json|ya?ml|toml|xml|html|css|js|ts|py|rs|go|c|h|cpp|java|sh|sql|ini)$/i;
const LONGEST_TEXT = 512 * 1024;
const SHOWN_LINES = 6;

/** @param {object[]} attachments */
export function attachmentsOf(attachments) {
  const pictures = attachments.filter(isPicture);
  const rest = attachments.filter((each) => !isPicture(each));
  const mosaic = pictures.length > 0 && h("div", { class: "mosaic", "data-count": pictures.length }, pictures.map(picture));
  return [mosaic, ...rest.map(file)].filter(Boolean);
}

/** Discord knows pictures by their name too: clients often upload without a content type. It shows no SVG. */
function isPicture({ filename, content_type: type, url }) {
  const untyped = !type || type === "application/octet-stream";
  return Boolean(safeUrl(url)) && (untyped ? PICTURE.test(filename) : type.startsWith("image/") && type !== "image/svg+xml");
}

function picture(attachment) {
  const { filename, url, description } = attachment;
  const address = safeUrl(url);
  const image = h("img", { src: address, alt: description || filename, title: description || null, loading: "lazy" });
  const open = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    view(address, description || filename);
  };
  const link = h("a", { class: "image", href: address, target: "_blank", rel: "noopener", onclick: open }, image);
  return filename.startsWith("SPOILER_") ? covered(link) : link;
}

/** Hide a picture until it is asked for. */
function covered(link) {
  const uncover = h("button", { type: "button", class: "uncover", onclick: () => uncover.remove() }, t("Spoiler"));
  return h("div", { class: "covered" }, link, uncover);
}

/** Show a picture as large as the window allows. */
function view(address, title) {
  const dialog = $("viewer");
  const close = h("button", { type: "button", class: "quiet", "aria-label": t("Close"), onclick: () => dialog.close() }, icon("close"));
  const open = h("a", { href: address, target: "_blank", rel: "noopener" }, t("Open in the browser"));
  dialog.replaceChildren(h("img", { src: address, alt: title }), h("footer", {}, h("span", {}, title), open, close));
  dialog.setAttribute("aria-label", title);
  dialog.onclick = ({ target }) => target === dialog && dialog.close();
  dialog.showModal();
}

function file(attachment) {
  const { filename, size, content_type: type, url } = attachment;
  const address = safeUrl(url);
  const kind = type?.split("/")[0];
  if (address && (kind === "video" || kind === "audio")) return h(kind, { class: "player", src: address, controls: true, preload: "metadata", "aria-label": filename });
  if (address && size <= LONGEST_TEXT && (kind === "text" || TEXT.test(filename))) return text(attachment, address);
  return h("div", { class: "file" }, icon("file"), described(attachment, address), download(filename, address));
}

function described({ filename, size }, address) {
  const name = address ? h("a", { href: address, target: "_blank", rel: "noopener", download: filename }, filename) : filename;
  return h("span", { class: "file-name" }, name, h("span", { class: "faint" }, bytes(size)));
}

function download(filename, address) {
  const label = `${t("Download")} ${filename}`;
  return address && h("a", { class: "quiet", href: address, download: filename, title: t("Download"), "aria-label": label }, icon("download"));
}

/** A text's first lines, which a button expands. */
function text(attachment, address) {
  const { filename } = attachment;
  const code = h("code", { class: `language-${filename.split(".").at(-1).toLowerCase()}` });
  const body = h("pre", { tabindex: "0", role: "region", "aria-label": filename }, code);
  const expand = h("button", { type: "button", class: "quiet", "aria-expanded": "false", hidden: true });
  const box = h("div", { class: "text-file content" }, body, h("div", { class: "text-file-foot" }, expand, described(attachment, address), download(filename, address)));
  let lines = [];
  const draw = (open) => {
    code.textContent = (open ? lines : lines.slice(0, SHOWN_LINES)).join("\n");
    highlight(box);
    box.classList.toggle("open", open);
    expand.setAttribute("aria-expanded", String(open));
    expand.replaceChildren(icon("down"), h("span", { class: "unseen" }, t(open ? "Collapse" : "Expand")), h("span", {}, t("{count} lines", { count: lines.length })));
    expand.hidden = lines.length <= SHOWN_LINES;
  };
  expand.addEventListener("click", () => draw(expand.getAttribute("aria-expanded") !== "true"));
  fetch(address)
    .then((response) => response.text())
    .then((whole) => {
      lines = whole.trimEnd().split("\n");
      draw(false);
    })
    .catch(() => body.remove());
  return box;
}

function bytes(size) {
  if (size < 1024) return t("{count} bytes", { count: size });
  return size < 1024 ** 2 ? t("{count} KB", { count: (size / 1024).toFixed(2) }) : t("{count} MB", { count: (size / 1024 ** 2).toFixed(2) });
}
