/** Links to places in Discord, which lead to the same places of the demo. */

import { h, icon } from "./dom.js";
import { t } from "./words.js";

const PLACE = /^https:\/\/(?:(?:ptb|canary)\.)?discord(?:app)?\.com\/channels\/(?:@me|\d+)\/(\d+)(?:\/(\d+))?\/?$/;

/** The link to a message, as Discord writes it. */
export function messageLink(guild, channelId, messageId) {
  return `https://discord.com/channels/${guild?.id ?? "@me"}/${channelId}/${messageId}`;
}

/** @returns {{channelId: string, messageId: string|undefined}|null} where in Discord a link leads */
export function placeOf(address) {
  const [, channelId, messageId] = PLACE.exec(address) ?? [];
  return channelId ? { channelId, messageId } : null;
}

/**
 * Let links and mentions of channels lead to the demo's own channels, and show bare links as Discord does: by the
 * channel's name.
 * @param {DocumentFragment} root rendered Markdown
 * @param {import("./world.js").World} world
 */
export function localizeLinks(root, world) {
  for (const mention of root.querySelectorAll("span[data-channel-id], span[data-command]")) {
    if (mention.dataset.channelId && !world.channelsById.has(mention.dataset.channelId)) continue;
    mention.setAttribute("role", mention.dataset.command ? "button" : "link");
    mention.setAttribute("tabindex", "0");
  }
  for (const link of root.querySelectorAll("a[href]")) {
    const place = placeOf(link.href);
    if (!place) continue;
    const address = link.getAttribute("href");
    link.removeAttribute("target");
    link.dataset.channelId = place.channelId;
    if (place.messageId) link.dataset.messageId = place.messageId;
    if (link.textContent !== address || !world.channelsById.has(place.channelId)) continue;
    link.className = "mention";
    link.replaceChildren(world.signedName(place.channelId), ...(place.messageId ? [" › ", bubble()] : []));
  }
}

function bubble() {
  const shape = icon("bubbles");
  return h("span", { class: "bubble" }, shape, h("span", { class: "unseen" }, t("message")));
}
