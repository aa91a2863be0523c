/** The attachments of a message. */

import { h, icon, safeUrl } from "./dom.js";

function picture(address, description) {
  const url = address && safeUrl(address);
  return url ? h("img", { src: url, alt: description || "Image", loading: "lazy" }) : null;
}

export function attachmentCard(attachment) {
  const { filename, size, url, content_type: type, description } = attachment;
  const address = safeUrl(url);
  if (address && isPicture(filename, type)) return h("a", { class: "image", href: address, target: "_blank", rel: "noopener" }, picture(url, description || filename));
  const name = address ? h("a", { href: address, target: "_blank", rel: "noopener", download: filename }, filename) : filename;
  return h("div", { class: "file" }, icon("file"), h("span", {}, name, h("span", { class: "faint" }, bytes(size))));
}

/** Discord also recognizes pictures by their name: clients often upload without a content type. */
function isPicture(filename, type) {
  return type?.startsWith("image/") || (!type || type === "application/octet-stream") && /\.(png|jpe?g|gif|webp|avif)$/i.test(filename);
}

function bytes(size) {
  if (size < 1024) return `${size} bytes`;
  return size < 1024 ** 2 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1024 ** 2).toFixed(1)} MB`;
}
