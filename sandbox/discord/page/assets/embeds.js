/** Embeds and attachments. */

import { h, icon, parse, safeUrl } from "./dom.js";
import { stamp } from "./times.js";

export function embedCard(embed) {
  const card = h(
    "div",
    { class: "embed" },
    embed.author?.name && h("p", { class: "embed-author" }, linked(embed.author.name, embed.author.url)),
    embed.title && h("p", { class: "embed-title" }, linked(embed.title, embed.url)),
    embed.description && rendered(embed.html, embed.description, "content"),
    embed.fields?.length && h("dl", {}, embed.fields.map(embedField)),
    picture(embed.image?.url, ""),
    (embed.footer?.text || embed.timestamp) && h("p", { class: "embed-foot" }, footText(embed)),
  );
  card.style.borderInlineStartColor = colour(embed.color);
  return card;
}

/** Rendered Markdown where the server sent it, plain text otherwise. */
export function rendered(html, text, kind) {
  const place = h("div", { class: kind });
  if (html) place.append(parse(html));
  else place.append(h("div", { class: "lines" }, text ?? ""));
  return place;
}

export function colour(number) {
  return number || number === 0 ? `#${number.toString(16).padStart(6, "0")}` : "";
}

function embedField({ name, value, inline }) {
  return h("div", { class: inline ? "inline" : "" }, h("dt", {}, name), h("dd", {}, value));
}

function footText({ footer, timestamp }) {
  return [footer?.text, timestamp && stamp(new Date(timestamp))].filter(Boolean).join(" · ");
}

function linked(text, address) {
  const url = address && safeUrl(address);
  return url ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, text) : text;
}

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

/** Discord shows pictures by their name, too: clients often upload without a content type. */
function isPicture(filename, type) {
  return type?.startsWith("image/") || (!type || type === "application/octet-stream") && /\.(png|jpe?g|gif|webp|avif)$/i.test(filename);
}

function bytes(size) {
  if (size < 1024) return `${size} bytes`;
  return size < 1024 ** 2 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1024 ** 2).toFixed(1)} MB`;
}
