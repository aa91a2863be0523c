/** What can be done with a message: a toolbar that moves to the message in question, and a menu at the pointer. */

import { h, icon, toast } from "./dom.js";
import { messageLink } from "./links.js";
import { plainText } from "./message.js";
import { askFor } from "./modal.js";
import { PopupMenu } from "./popup-menu.js";
import { t } from "./words.js";
import { CHANNEL, COMMAND, FLAG } from "./world.js";

const LONGEST_NAME = 100;
const LONGEST_MESSAGE = 2000;
const SUGGESTED_NAME = 40;
const LONG_PRESS = 500;
const STEADY = 10;

export class Toolbar {
  #view = null;
  #pressing = 0;

  /**
   * @param {HTMLElement} list the messages
   * @param {object} app the page: world, channelId, ask, run, reply, go, dismiss, timeline
   */
  constructor(list, app) {
    this.app = app;
    this.bar = h("div", { class: "toolbar", role: "toolbar" });
    // As tall as its message, so that the toolbar stays in view while a long one is scrolled.
    this.element = h("div", { class: "toolbar-track" }, this.bar);
    this.menu = new PopupMenu();
    // A pointer at rest gets over another message when the list moves; it takes no toolbar from the message with the focus.
    list.addEventListener("pointerover", (event) => !this.#focused && this.#visit(event.target));
    list.addEventListener("pointermove", (event) => this.#visit(event.target), { passive: true });
    list.addEventListener("focusin", (event) => this.#visit(event.target));
    list.addEventListener("pointerleave", () => !this.menu.open && !this.#focused && this.leave());
    list.addEventListener("contextmenu", (event) => this.#rightClick(event));
    list.addEventListener("keydown", (event) => this.#enter(event));
    this.#listenForLongPress(list);
  }

  /** Hide the toolbar, from one message or from any. */
  leave(view = this.#view) {
    if (view !== this.#view) return;
    this.#view = null;
    this.menu.close();
    this.element.remove();
  }

  /** Whether the message with the toolbar has the focus. */
  get #focused() {
    return this.#view?.article.contains(document.activeElement);
  }

  #visit(target) {
    const view = this.#viewOf(target);
    if (!view || view === this.#view || this.menu.open) return;
    if (view.message.flags & (FLAG.ephemeral | FLAG.loading)) return this.leave();
    this.#view = view;
    this.bar.setAttribute("aria-label", t("Message actions"));
    this.bar.replaceChildren(...this.#buttons(view.message));
    view.article.append(this.element);
  }

  #viewOf(target) {
    return this.app.timeline.view(target.closest?.(".row")?.dataset.id);
  }

  #buttons(message) {
    const apps = this.#appActions(message);
    const openApps = ({ currentTarget }) => this.menu.show(t("Apps"), apps, below(currentTarget), currentTarget);
    return [
      ...this.#actions(message).filter(({ tool }) => tool).map((action) => button(action, action.run)),
      apps.length > 0 && button({ icon: "apps", label: t("Apps") }, openApps, { "aria-haspopup": "menu" }),
      ...this.#deletion(message).map((action) => button(action, action.run, { class: "danger" })),
    ].filter(Boolean);
  }

  /** @returns {(import("./popup-menu.js").Action & {tool?: boolean})[]} those with `tool` are in the toolbar too */
  #actions(message) {
    const { world, channelId } = this.app;
    const whole = !(message.flags & (FLAG.ephemeral | FLAG.loading));
    const opensThread = whole && world.channelsById.get(channelId)?.type === CHANNEL.text && !message.thread;
    return [
      whole && { icon: "reply", label: t("Reply"), run: () => this.app.reply(message), tool: true },
      whole && message.author.id === world.meId && { icon: "pencil", label: t("Edit message"), run: () => this.#edit(message), tool: true },
      opensThread && { icon: "thread", label: t("Create thread"), run: () => this.#openThread(message), tool: true },
      { icon: "copy", label: t("Copy text"), run: () => copy(message.content) },
      whole && { icon: "link", label: t("Copy message link"), run: () => copy(messageLink(world.guildOf(channelId), channelId, message.id)) },
    ].filter(Boolean);
  }

  #appActions(message) {
    const commands = message.flags & (FLAG.ephemeral | FLAG.loading) ? [] : this.app.world.commandsIn(this.app.channelId, COMMAND.message);
    return commands.map((command) => ({ icon: "apps", label: command.name, group: t("Apps"), run: () => this.#run(command, message) }));
  }

  #deletion(message) {
    const { world, channelId } = this.app;
    if (message.flags & FLAG.ephemeral) return [{ icon: "close", label: t("Dismiss message"), run: () => this.app.dismiss(message) }];
    const may = message.author.id === world.meId || world.moderates(channelId);
    return may ? [{ icon: "trash", label: t("Delete"), run: () => this.#delete(message), danger: true }] : [];
  }

  #enter(event) {
    if (event.key !== "Enter" || !event.target.matches(".message")) return;
    event.preventDefault(); // or the same key would press the menu's first action
    this.#openAt(event.target, middle(event.target));
  }

  /** Links and selected text keep the browser's own menu. */
  #rightClick(event) {
    clearTimeout(this.#pressing);
    if (event.target.closest("a, input, textarea") || String(getSelection())) return;
    const article = this.#viewOf(event.target)?.article;
    if (!article) return;
    event.preventDefault();
    this.#openAt(article, event.clientX || event.clientY ? { x: event.clientX, y: event.clientY } : middle(article));
  }

  /** Not every browser on a phone has a right click for a long press. */
  #listenForLongPress(list) {
    let start = null;
    let held = false;
    const end = () => clearTimeout(this.#pressing);
    list.addEventListener("pointerdown", (event) => {
      end();
      if (event.pointerType !== "touch" || event.target.closest("a, button")) return;
      start = { x: event.clientX, y: event.clientY };
      held = false;
      this.#pressing = setTimeout(() => {
        held = true;
        this.#openAt(this.#viewOf(event.target)?.article, start);
      }, LONG_PRESS);
    });
    list.addEventListener("pointermove", ({ clientX, clientY }) => start && Math.hypot(clientX - start.x, clientY - start.y) > STEADY && end());
    for (const type of ["pointerup", "pointercancel"]) list.addEventListener(type, end);
    // The menu may lie under the finger, whose lifting must not press what is there.
    list.addEventListener("touchend", (event) => held && event.cancelable && event.preventDefault());
  }

  #openAt(article, point) {
    const view = article && this.#viewOf(article);
    if (!view) return;
    const { message } = view;
    this.menu.show(t("Message actions"), [...this.#actions(message), ...this.#appActions(message), ...this.#deletion(message)], point, article);
  }

  /** Open a thread; its name is suggested like the beginning of its message, as Discord does. */
  #openThread(message) {
    const suggested = plainText(message).slice(0, SUGGESTED_NAME) || t("New thread");
    askFor(t("Create thread"), t("Thread name"), suggested, LONGEST_NAME, async (name) => {
      const { channel_id: thread } = await this.app.ask("thread", { channel_id: message.channel_id, message_id: message.id, name });
      this.app.go(thread);
    });
  }

  #edit(message) {
    const { world, channelId } = this.app;
    const edit = (text) => this.app.ask("edit", { channel_id: channelId, message_id: message.id, content: world.withMentions(text, channelId) });
    askFor(t("Edit message"), t("Message"), world.withNames(message.content), LONGEST_MESSAGE, edit, true);
  }

  async #run(command, message) {
    this.leave();
    const { channelId } = this.app;
    try {
      await this.app.run(command.name, { channel_id: channelId, command_id: command.id, options: {}, target_id: message.id });
    } catch (error) {
      toast(error.message);
    }
  }

  async #delete(message) {
    await this.app.ask("delete", { channel_id: message.channel_id, message_id: message.id }).catch((error) => toast(error.message));
  }
}

function button({ icon: name, label }, onclick, props = {}) {
  return h("button", { type: "button", title: label, "aria-label": label, onclick, ...props }, icon(name));
}

function copy(text) {
  return navigator.clipboard.writeText(text).catch(() => toast(t("The browser did not allow that")));
}

function below(element) {
  const { left, bottom } = element.getBoundingClientRect();
  return { x: left, y: bottom + 4 };
}

function middle(element) {
  const { left, top, bottom } = element.getBoundingClientRect();
  return { x: left + 72, y: (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2 };
}
