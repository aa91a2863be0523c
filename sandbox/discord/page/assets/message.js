/** One message on the screen. An update touches only the parts that changed. */

import { attachmentsOf } from "./attachments.js";
import { avatar, badge, tone } from "./avatar.js";
import { componentRows } from "./components.js";
import { dots, h, icon, morph, parse, refill } from "./dom.js";
import { highlight } from "./highlight.js";
import { localizeLinks } from "./links.js";
import { clockTime, fullTime, longDate, restateTimes, sameDay, stamp } from "./times.js";
import { t } from "./words.js";
import { FLAG } from "./world.js";

const GROUP_WITHIN = 7 * 60 * 1000;
const KIND = { plain: 0, reply: 19, command: 20, contextMenu: 23 };
const LONGEST_PENDING = 3000;

/** Whether a message belongs to the same group as the one before, under one name and avatar. */
export function follows(previous, message) {
  if (!previous || previous.author.id !== message.author.id) return false;
  if (message.type !== KIND.plain || message.message_reference || hasContext(message)) return false;
  if ((previous.flags ^ message.flags) & FLAG.ephemeral) return false;
  const [before, now] = [new Date(previous.timestamp), new Date(message.timestamp)];
  return sameDay(before, now) && now - before < GROUP_WITHIN;
}

function hasContext(message) {
  return message.type === KIND.command || message.type === KIND.contextMenu;
}

/** A message's text without formatting. */
export function plainText(message) {
  const root = parse(message.html ?? "");
  for (const spoiler of root.querySelectorAll(".spoiler")) spoiler.textContent = "▮▮▮";
  for (const end of root.querySelectorAll("br")) end.replaceWith(" ");
  const words = message.html ? root.textContent : message.content ?? "";
  return words.replace(/\s+/g, " ").trim();
}

export class MessageView {
  /** @param {object} app the page: world, press, find, jumpTo, dismiss, commandName, go */
  constructor(app) {
    this.app = app;
    this.day = h("div", { class: "day", role: "separator", hidden: true });
    this.context = h("div", { class: "context" });
    this.gutter = h("div", { class: "gutter" });
    this.head = h("div", { class: "who" });
    this.content = h("div", { class: "content" });
    this.attachments = h("div", { class: "attachments" });
    this.components = h("div", { class: "components" });
    this.foot = h("div", { class: "foot" });
    this.article = h(
      "article",
      { class: "message", tabindex: "-1" },
      this.context,
      this.gutter,
      h("div", { class: "body" }, this.head, this.content, this.attachments, this.components, this.foot),
    );
    this.element = h("li", { class: "row" }, this.day, this.article);
  }

  /**
   * @param {object} message
   * @param {object|null} previous the message above
   */
  update(message, previous) {
    this.message = message;
    this.element.dataset.id = message.id;
    this.content.id = `content-${message.id}`;
    this.article.setAttribute("aria-describedby", this.content.id);
    this.#place(previous);
    refill(this.context, contextKey(message), () => this.#contextLine());
    this.#drawContent();
    refill(this.attachments, message.attachments, () => attachmentsOf(message.attachments));
    this.#drawComponents();
    this.#drawFoot();
  }

  /** Show that a button or menu of this message got no answer. */
  fail(text) {
    this.failure = text;
    this.settle();
    this.#drawFoot();
  }

  #place(previous) {
    const { message, app } = this;
    const date = new Date(message.timestamp);
    const name = app.world.nameIn(message.channel_id, message.author);
    const continues = follows(previous, message);
    const newDay = Boolean(previous) && !sameDay(new Date(previous.timestamp), date);
    this.day.hidden = !newDay;
    this.day.textContent = newDay ? longDate(date) : "";
    this.article.classList.toggle("continues", continues);
    this.article.classList.toggle("ephemeral", Boolean(message.flags & FLAG.ephemeral));
    this.article.classList.toggle("mentions-me", mentions(message, app.world.meId));
    this.article.setAttribute("aria-label", `${name}, ${stamp(date)}`);
    refill(this.gutter, [continues, message.author], () =>
      continues ? h("time", { class: "side-time", datetime: message.timestamp, title: fullTime(date) }, clockTime(date)) : avatar(message.author),
    );
    refill(this.head, [continues, message.author, name, message.timestamp], () =>
      continues
        ? []
        : [
            h("span", { class: `name name-${message.author.bot ? "bot" : tone(message.author.username)}` }, name),
            badge(message.author),
            h("time", { class: "when", datetime: message.timestamp, title: fullTime(date) }, stamp(date)),
          ],
    );
  }

  #contextLine() {
    const { message, app } = this;
    if (hasContext(message)) return usedLine(message, app);
    if (message.type !== KIND.reply && !message.referenced_message) return [];
    const target = message.referenced_message;
    if (!target) return [icon("curve"), h("i", { class: "faint" }, t("The original message was deleted"))];
    const name = app.world.nameIn(message.channel_id, target.author);
    const words = plainText(app.find(target.id) ?? target) || t("Click to see the message");
    return [
      icon("curve"),
      avatar(target.author, "tiny"),
      h("button", { type: "button", class: "quoted", onclick: () => app.jumpTo(target.id) }, h("b", {}, name), badge(target.author), h("span", {}, words)),
    ];
  }

  #drawContent() {
    const { message } = this;
    if (message.flags & FLAG.loading) {
      const name = this.app.world.nameIn(message.channel_id, message.author);
      return refill(this.content, "loading", () => h("span", { class: "thinking", role: "status" }, dots(), t("{name} is thinking…", { name })));
    }
    if (this.content.dataset.key) {
      delete this.content.dataset.key;
      this.content.replaceChildren();
    }
    const now = parse(message.html ?? "");
    restateTimes(now);
    localizeLinks(now, this.app.world);
    highlight(now);
    if (message.edited_timestamp && message.content) markEdited(now, message.edited_timestamp);
    morph(this.content, now);
  }

  #drawComponents() {
    const { message, app } = this;
    const focused = this.components.contains(document.activeElement) ? document.activeElement.dataset.customId : null;
    this.settle();
    refill(this.components, message.components ?? [], () =>
      componentRows(message.components ?? [], {
        world: app.world,
        channelId: message.channel_id,
        press: (customId, values, control) => this.#press(customId, values, control),
      }),
    );
    if (focused) this.components.querySelector(`[data-custom-id="${CSS.escape(focused)}"]`)?.focus();
  }

  async #press(customId, values, control) {
    this.failure = "";
    this.#drawFoot();
    control.classList.add("pending");
    setTimeout(() => control.classList.remove("pending"), LONGEST_PENDING);
    await this.app.press(this.message, customId, values).catch((error) => this.fail(error.message));
  }

  /** Show that its buttons and menus were answered. */
  settle() {
    for (const control of this.components.querySelectorAll(".pending")) control.classList.remove("pending");
  }

  #drawFoot() {
    const { message, app, failure } = this;
    const ephemeral = Boolean(message.flags & FLAG.ephemeral);
    refill(this.foot, [ephemeral, failure, message.failure, message.thread?.name], () => [
      message.thread && h("button", { type: "button", class: "to-thread link", onclick: () => app.go(message.thread.id) }, icon("thread"), message.thread.name),
      (failure || message.failure) && h("p", { class: "failure", role: "alert" }, t(failure || message.failure)),
      ephemeral &&
        h(
          "p",
          { class: "only-you" },
          icon("eye"),
          `${t("Only you can see this")} · `,
          h("button", { type: "button", class: "link", onclick: () => app.dismiss(this.message) }, t("Dismiss message")),
        ),
    ]);
  }
}

function contextKey(message) {
  return [message.type, message.interaction_metadata, message.interaction, message.referenced_message];
}

function mentions(message, userId) {
  return Boolean(message.mention_everyone) || (message.mentions ?? []).some(({ id }) => id === userId);
}

function usedLine(message, { world, commandName }) {
  const metadata = message.interaction_metadata ?? {};
  const { user } = metadata;
  const name = commandName(metadata.id) ?? message.interaction?.name;
  const slash = message.type === KIND.command ? "/" : "";
  const what = name ? h("span", { class: "command-used" }, slash ? icon("spark") : icon("apps"), `${slash}${name}`) : t("a command");
  return [icon("curve"), user && avatar(user, "tiny"), h("b", {}, user ? world.nameIn(message.channel_id, user) : t("Someone")), ` ${t("used")} `, what];
}

/** Add "(edited)" after the last words, in their line; below a block of code, which has none. */
function markEdited(fragment, timestamp) {
  let place = fragment;
  while (place.lastElementChild?.matches("div, h1, h2, h3, small, ul, ol, li, blockquote")) place = place.lastElementChild;
  place.append(" ", h("time", { class: "edited", datetime: timestamp, title: fullTime(new Date(timestamp)) }, t("(edited)")));
}
