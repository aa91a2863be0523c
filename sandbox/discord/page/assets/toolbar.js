/** Message actions: one toolbar, which moves to the message under the pointer or with the focus. */

import { h, icon, toast } from "./dom.js";
import { plainText } from "./message.js";
import { CHANNEL, COMMAND, FLAG } from "./world.js";

const LONGEST_NAME = 40;

export class Toolbar {
  #view = null;

  /**
   * @param {HTMLElement} list the messages
   * @param {object} app the page: world, channelId, ask, run, reply, timeline
   */
  constructor(list, app) {
    this.app = app;
    this.element = h("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" });
    this.menu = h("div", { class: "menu", role: "menu", "aria-label": "Apps", hidden: true, onkeydown: (event) => this.#menuKey(event) });
    list.addEventListener("pointerover", (event) => this.#visit(event.target));
    list.addEventListener("focusin", (event) => this.#visit(event.target));
    list.addEventListener("pointerleave", () => this.menu.hidden && !this.element.contains(document.activeElement) && this.leave());
    document.addEventListener("pointerdown", (event) => !this.element.contains(event.target) && this.#closeMenu());
  }

  /** Hide the toolbar, from one message or from any. */
  leave(view = this.#view) {
    if (view !== this.#view) return;
    this.#view = null;
    this.menu.hidden = true;
    this.element.remove();
  }

  #visit(target) {
    const row = target.closest?.(".row");
    const view = row && this.app.timeline.view(row.dataset.id);
    if (!view || view === this.#view || !this.menu.hidden) return;
    if (view.message.flags & (FLAG.ephemeral | FLAG.loading)) return this.leave();
    this.#view = view;
    this.menu.hidden = true;
    this.element.replaceChildren(...this.#buttons(view.message), this.menu);
    view.article.append(this.element);
  }

  #buttons(message) {
    const { world, channelId } = this.app;
    const mine = message.author.id === world.meId;
    const apps = world.commandsIn(channelId, COMMAND.message);
    return [
      tool("reply", "Reply", () => {
        this.#closeMenu();
        this.app.reply(message);
      }),
      world.channelsById.get(channelId)?.type === CHANNEL.text && !message.thread && tool("thread", "Create thread", () => this.#openThread(message)),
      apps.length > 0 && tool("apps", "Apps", () => this.#openMenu(message, apps), { "aria-haspopup": "menu" }),
      (mine || world.moderates(channelId)) && tool("trash", "Delete", () => this.#delete(message), { class: "danger" }),
    ].filter(Boolean);
  }

  /** Open a thread, named like the beginning of its message, as Discord suggests. */
  async #openThread(message) {
    const name = plainText(message).slice(0, LONGEST_NAME) || "New thread";
    try {
      const { channel_id: thread } = await this.app.ask("thread", { channel_id: message.channel_id, message_id: message.id, name });
      this.app.go(thread);
    } catch (error) {
      toast(error.message);
    }
  }

  #openMenu(message, commands) {
    if (!this.menu.hidden) return this.#closeMenu();
    const items = commands.map((command) =>
      h("button", { type: "button", role: "menuitem", onclick: () => this.#run(command, message) }, icon("apps"), command.name),
    );
    this.menu.replaceChildren(...items);
    this.menu.hidden = false;
    items[0].focus();
  }

  #closeMenu() {
    this.menu.hidden = true;
  }

  #menuKey(event) {
    const items = [...this.menu.children];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    else if (event.key === "Escape") {
      this.#closeMenu();
      this.element.querySelector("[aria-haspopup]").focus();
    } else return;
    event.preventDefault();
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

function tool(name, label, onclick, props = {}) {
  return h("button", { type: "button", title: label, "aria-label": label, onclick, ...props }, icon(name));
}
