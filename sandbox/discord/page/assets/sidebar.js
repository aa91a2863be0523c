/** Everything around the messages: servers, channels, the people to act as, and the members. */

import { avatar, badge, initials, tone } from "./avatar.js";
import { $, h, icon, refill } from "./dom.js";
import { t } from "./words.js";
import { CHANNEL, userName } from "./world.js";

/**
 * Draw servers and channels. They are drawn again only if they change, or a click could miss its button.
 * @param {object} app world, channelId, unread (a set of channel ids), go(channelId)
 */
export function drawSidebar(app) {
  const { world, channelId, unread } = app;
  const guild = world.guildOf(channelId);
  const servers = world.guilds.map(({ id, name, channels }) => [id, name, channels.some((channel) => unread.has(channel.id))]);
  const channels = (guild?.channels ?? world.dms).map(({ id, name, type }) => [id, name, type, unread.has(id)]);
  const direct = world.dms.map(({ id }) => [id, unread.has(id)]);
  refill($("rail"), [guild?.id, servers, direct], () => railRows(app));
  refill($("channels"), [guild?.id, channelId, channels], () => channelRows(app));
  $("place").textContent = guild ? guild.name : t("Direct messages");
}

function railRows({ world, channelId, unread, go }) {
  const here = world.guildOf(channelId);
  const direct = railButton({
    current: !here,
    unread: world.dms.some(({ id }) => unread.has(id)),
    label: t("Direct messages"),
    look: "direct",
    inside: icon("bubbles"),
    press: () => world.dms[0] && go(world.dms[0].id),
  });
  const servers = world.guilds.map((guild) =>
    railButton({
      current: guild === here,
      unread: guild.channels.some(({ id }) => unread.has(id)),
      label: guild.name,
      look: `tone-${tone(guild.name)}`,
      inside: h("span", { "data-initials": initials(guild.name) }), // as a picture would be, no text beside the label
      press: () => textChannels(guild)[0] && go(textChannels(guild)[0].id),
    }),
  );
  return [direct, h("hr"), servers];
}

function railButton({ current, unread, label, look, inside, press }) {
  const props = { type: "button", class: `server ${look}`, title: label, "aria-label": unread ? t("{label}, unread", { label }) : label, "aria-current": current && "true", onclick: press };
  return h("div", { class: `rail-item ${current ? "current" : ""} ${unread ? "unread" : ""}` }, h("button", props, inside));
}

/** A server's text channels, each followed by its threads. */
function textChannels({ channels }) {
  const threadsOf = (parent) => channels.filter(({ parent_id: id }) => id === parent.id);
  return channels.filter(({ type }) => type === CHANNEL.text).flatMap((channel) => [channel, ...threadsOf(channel)]);
}

function channelRows({ world, channelId, unread, go }) {
  const guild = world.guildOf(channelId);
  const channels = guild ? textChannels(guild) : world.dms;
  const rows = channels.map((channel) => {
    const current = channel.id === channelId;
    const fresh = unread.has(channel.id) && !current;
    const name = world.channelName(channel.id);
    const thread = world.isThread(channel.id);
    const look = `channel ${current ? "current" : ""} ${fresh ? "unread" : ""} ${thread ? "thread" : ""}`;
    const mark = channel.type === CHANNEL.dm ? avatar(channel.recipients[0], "tiny") : icon(thread ? "curve" : "hash");
    return h("button", { type: "button", class: look, "aria-current": current && "page", "data-channel": name, onclick: () => go(channel.id) }, mark, h("span", {}, name), fresh && h("span", { class: "unseen" }, t("unread")));
  });
  return [h("h3", {}, t(guild ? "Text channels" : "Conversations")), rows];
}

/** Draw the switch between the people of the demo. */
export function drawPeople(app) {
  const { world, become } = app;
  const buttons = world.people.map((user) => {
    const mine = user.id === world.meId;
    const name = userName(user).replace(/\s*\(.*\)$/, "");
    return h(
      "button",
      { type: "button", class: "person", role: "radio", "aria-checked": String(mine), tabindex: mine ? "0" : "-1", "data-user": user.username, title: t("Act as {name}", { name: userName(user) }), onclick: () => become(user.id) },
      avatar(user, "tiny"),
      h("span", { class: "person-name" }, name),
      h("span", { class: "person-role" }, t(world.isAdmin(user.id) ? "admin" : "member")),
    );
  });
  $("people").replaceChildren(h("span", { class: "people-label", "aria-hidden": "true" }, t("You are")), ...buttons, languageSwitch(app));
}

/** The language of the person's Discord, in which commands are shown and Quoth answers. */
function languageSwitch({ world, speak }) {
  const option = (locale, name) => h("option", { value: locale, selected: world.locale === locale }, name);
  return h("select", { class: "language", "aria-label": t("Your Discord's language"), onchange: (event) => speak(event.target.value) }, option("en-US", "English"), option("ru", "Русский"));
}

/** Let arrow keys move within the switch, as in any group of radio buttons. */
export function listenForPeopleKeys() {
  $("people").addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || event.target.matches("select")) return;
    event.preventDefault();
    const buttons = [...$("people").querySelectorAll(".person")];
    buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
  });
}

export function drawHead({ world, channelId }) {
  const channel = world.channelsById.get(channelId);
  const name = world.channelName(channelId);
  $("channel-name").replaceChildren(icon(channel.type === CHANNEL.dm ? "at" : world.isThread(channelId) ? "thread" : "hash"), name);
  $("topic").textContent = channel.topic ?? "";
}

/** Draw who is in the channel: the app first, then members by role. */
export function drawMembers({ world, channelId }) {
  const guild = world.guildOf(channelId);
  const groups = new Map();
  for (const user of world.usersIn(channelId)) {
    const role = guild && !user.bot ? world.topRole(guild, user.id)?.name : null;
    const name = user.bot ? "Apps" : role && role !== "@everyone" ? role : "Members";
    groups.set(name, [...(groups.get(name) ?? []), user]);
  }
  const order = [...groups].sort(([a], [b]) => rank(a) - rank(b));
  $("members").replaceChildren(...order.flatMap(([name, users]) => [h("h3", {}, `${t(name)} — ${users.length}`), h("ul", {}, users.map((user) => memberRow(user, world, channelId)))]));
}

function rank(group) {
  return group === "Apps" ? 0 : group === "Members" ? 2 : 1;
}

function memberRow(user, world, channelId) {
  const name = world.nameIn(channelId, user);
  const you = user.id === world.meId;
  const shown = h("span", { class: `name name-${user.bot ? "bot" : tone(user.username)}` }, name);
  if (user.bot) return h("li", { class: "member" }, avatar(user, "small"), h("span", { class: "member-lines" }, h("span", { class: "member-line" }, shown, badge(user)), presenceLine(world.presence)));
  return h("li", { class: "member" }, avatar(user, "small"), shown, you && h("span", { class: "faint" }, t("you")));
}

/** The app's presence; if it isn't connected it is offline. */
function presenceLine(presence) {
  const status = presence?.status ?? "offline";
  const activity = presence?.activities?.[0];
  const words = activity?.state || activity?.name || t(status);
  return h("span", { class: `presence presence-${status}`, title: `${t(status)}: ${words}` }, words);
}
