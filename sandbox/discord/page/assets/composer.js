/** The composer: plain text with @mentions, or a slash command that is picked from a list and filled in. */

import { avatar, badge } from "./avatar.js";
import { CommandForm } from "./command-form.js";
import { entriesIn, matching, typedEntry, typedValues } from "./commands.js";
import { h, icon, toast } from "./dom.js";
import { Attachments, readFile } from "./files.js";
import { Listbox } from "./listbox.js";
import { recall, remember } from "./session.js";
import { label, t } from "./words.js";
import { userName } from "./world.js";

const MOST_CHARACTERS = 2000;
const NARROW = matchMedia("(max-width: 760px)");
const MENTION = /(?:^|\s)([@#])([^@#\s]{0,32})$/u;

export class Composer {
  #form = null;
  #replyTo = null;
  #ping = true;
  #drafts = recall("drafts") ?? {};

  /**
   * @param {HTMLElement} root
   * @param {{world: import("./world.js").World, channelId: string, ask: (op: string, fields: object) => Promise<any>,
   *   run: (name: string, fields: object) => Promise<void>}} app
   */
  constructor(root, app) {
    this.app = app;
    this.list = new Listbox("Suggestions", (item) => item.pick());
    this.panel = h("div", { class: "panel" }, this.list.element);
    this.text = h("textarea", {
      id: "message-box",
      rows: 1,
      role: "combobox",
      "aria-autocomplete": "list",
      autocomplete: "off",
      oninput: () => this.#typed(),
      onkeydown: (event) => this.#key(event),
      onblur: () => this.list.hide(),
      onpaste: (event) => event.clipboardData.files.length && this.attachments.add([...event.clipboardData.files]),
    });
    this.attachments = new Attachments();
    this.list.attach(this.text);
    this.above = h("div", { class: "above" });
    this.count = h("span", { class: "count", "aria-live": "polite" });
    this.go = h("button", { type: "submit", class: "go", ...label("Send") }, icon("send"));
    this.box = h("div", { class: "box" }, this.attachments.button, this.attachments.input, this.text, this.count, this.go);
    this.form = h("form", { id: "composer", onsubmit: (event) => this.#submit(event) }, this.panel, this.above, this.attachments.element, this.box);
    root.append(this.form);
    NARROW.addEventListener("change", () => this.app.world && this.#hint());
  }

  /** Switch to the channel that is shown now. */
  turn() {
    const { world, channelId } = this.app;
    const where = world.signedName(channelId);
    this.#hint();
    this.text.setAttribute("aria-label", t("Message {where}", { where }));
    this.#replace(this.#drafts[this.#draftKey()] ?? "");
    this.cancelReply();
    this.attachments.set([]);
  }

  /** Say in the empty box what can be written; CSS can't shorten what is too long for it. */
  #hint() {
    const where = this.app.world.signedName(this.app.channelId);
    this.text.placeholder = NARROW.matches ? t("Message {where}", { where }) : t("Message {where}, or / for commands", { where });
  }

  /** Fill in a text, as if it had been typed. */
  fill(text) {
    this.#replace(text);
    this.focus();
  }

  #replace(text) {
    const found = text.startsWith("/") && typedEntry(this.#entries(), `${text} `);
    if (found) this.#enter(found.entry, typedValues(found.entry, found.rest));
    else this.#leaveCommand(text);
  }

  /** Each person has drafts of their own; a DM differs from person to person anyway. */
  #draftKey() {
    return `${this.app.world.meId} ${this.app.channelId}`;
  }

  #keepDraft(text) {
    this.#drafts[this.#draftKey()] = text;
    remember({ drafts: this.#drafts });
  }

  focus() {
    if (this.#form) this.#form.focus();
    else this.text.focus();
  }

  reply(message) {
    const name = this.app.world.nameIn(message.channel_id, message.author);
    this.#replyTo = message;
    this.#ping = message.author.id !== this.app.world.meId;
    const ping = this.#ping && this.#pingSwitch(name);
    const cancel = h("button", { type: "button", class: "quiet", "aria-label": t("Cancel the reply"), onclick: () => this.cancelReply() }, icon("close"));
    this.above.replaceChildren(h("div", { class: "replying" }, h("span", {}, `${t("Replying to")} `, h("b", {}, name)), h("span", { class: "replying-acts" }, ping, cancel)));
    if (this.#form) this.#leaveCommand("");
    this.text.focus();
  }

  #pingSwitch(name) {
    const look = () => `@ ${t(this.#ping ? "ON" : "OFF")}`;
    const toggle = h("button", { type: "button", class: "quiet ping", role: "switch", "aria-checked": "true", "aria-label": t("Ping {name}", { name }), title: t("Ping the author of the message") }, look());
    toggle.addEventListener("click", () => {
      this.#ping = !this.#ping;
      toggle.setAttribute("aria-checked", String(this.#ping));
      toggle.textContent = look();
      this.text.focus();
    });
    return toggle;
  }

  cancelReply() {
    this.#replyTo = null;
    this.above.replaceChildren();
  }

  #entries() {
    return entriesIn(this.app.world, this.app.channelId);
  }

  #typed() {
    const text = this.text.value;
    this.#keepDraft(text);
    const left = MOST_CHARACTERS - text.length;
    this.count.textContent = left < 200 ? String(left) : "";
    this.count.classList.toggle("over", left < 0);
    this.#fit();
    if (/^\/[^\n]*$/.test(text)) this.#offerCommands(text);
    else this.#offerMentions();
  }

  #offerCommands(text) {
    const entries = this.#entries();
    const found = typedEntry(entries, text);
    if (found) {
      this.#enter(found.entry, typedValues(found.entry, found.rest));
      this.#form.focus();
    } else this.list.show(matching(entries, text.slice(1)).map((entry) => this.#commandItem(entry)));
  }

  #commandItem(entry) {
    const bot = this.app.world.usersById.get(this.app.world.bot_id);
    const hints = entry.options.map(({ name, required }) => h("span", { class: `option-hint ${required ? "" : "optional"}` }, name));
    return {
      group: userName(bot),
      pick: () => {
        this.#enter(entry, {});
        this.#form.focus();
      },
      show: () => [
        avatar(bot, "small"),
        h("span", { class: "what" }, h("span", { class: "usage" }, h("b", {}, `/${entry.name}`), hints), h("span", { class: "faint" }, entry.description)),
        h("span", { class: "whose faint" }, userName(bot)),
      ],
    };
  }

  #offerMentions() {
    const before = this.text.value.slice(0, this.text.selectionStart);
    const [, sign, name] = MENTION.exec(before) ?? [];
    if (!sign) return this.list.hide();
    const { world, channelId } = this.app;
    const typed = name.toLowerCase();
    const pick = (text) => {
      this.text.setRangeText(`${text} `, before.length - typed.length - 1, before.length, "end");
      this.list.hide();
      this.#typed();
    };
    const users = () => world.usersIn(channelId).filter((user) => [userName(user), user.username].some((each) => each.toLowerCase().startsWith(typed)));
    const channels = () => world.channelsAround(channelId).filter((channel) => channel.name.toLowerCase().includes(typed));
    this.list.show(sign === "@" ? users().map((user) => userItem(user, pick)) : channels().map((channel) => channelItem(channel, world, pick)));
  }

  #key(event) {
    if (event.isComposing || this.list.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) this.#submit(event);
    else if (event.key === "Escape" && this.#replyTo) this.cancelReply();
    else if (event.key === "ArrowUp" && !this.text.value) {
      event.preventDefault();
      this.app.timeline.focusNewest();
    }
  }

  #submit(event) {
    event.preventDefault();
    if (this.#form) this.#form.submit();
    else this.#say().catch((error) => toast(error.message));
  }

  async #say() {
    const text = this.text.value.trim();
    const { files } = this.attachments;
    if (!text && !files.length) return;
    if (text.length > MOST_CHARACTERS) throw new Error(t("A message holds at most {most} characters.", { most: MOST_CHARACTERS }));
    const reply = this.#replyTo ? { reply_to: this.#replyTo.id, ping: this.#ping } : {};
    const message = { channel_id: this.app.channelId, content: this.app.world.withMentions(text, this.app.channelId), ...reply };
    const request = Promise.all(files.map(readFile)).then((read) => this.app.ask("say", { ...message, files: read }));
    this.#leaveCommand("");
    this.cancelReply();
    this.attachments.set([]);
    await request.catch((error) => {
      if (!this.text.value) this.#leaveCommand(text);
      if (!this.attachments.files.length) this.attachments.set(files);
      throw error;
    });
  }

  #enter(entry, values) {
    this.list.hide();
    this.cancelReply();
    const { channelId } = this.app;
    this.#form?.element.remove();
    this.#form?.panel.remove();
    this.#form = new CommandForm(entry, values, {
      world: this.app.world,
      channelId,
      complete: (request) => this.app.ask("autocomplete", { channel_id: channelId, ...request }),
      send: (request) => this.#run(channelId, entry.name, request),
      changed: (text) => this.#keepDraft(text),
      leave: (text) => {
        this.#leaveCommand(text);
        this.text.focus();
        this.#typed();
      },
    });
    this.text.hidden = this.attachments.button.hidden = this.attachments.element.hidden = true;
    this.text.value = "";
    this.box.prepend(this.#form.element);
    this.form.prepend(this.#form.panel);
    this.#keepDraft(this.#form.text);
    this.#form.recognizeTexts();
  }

  async #run(channelId, name, request) {
    try {
      await this.app.run(name, { channel_id: channelId, ...request });
      this.#leaveCommand("");
      this.text.focus();
    } catch (error) {
      toast(error.message);
    }
  }

  #leaveCommand(text) {
    this.#form?.element.remove();
    this.#form?.panel.remove();
    this.#form = null;
    this.text.hidden = this.attachments.button.hidden = this.attachments.element.hidden = false;
    this.text.value = text;
    this.count.textContent = "";
    this.#keepDraft(text);
    this.list.hide();
    this.#fit();
  }

  #fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, window.innerHeight / 2)}px`;
  }
}

function userItem(user, pick) {
  return {
    group: t("Members"),
    pick: () => pick(`@${user.username}`),
    show: () => [avatar(user, "tiny"), h("span", {}, userName(user)), badge(user), h("span", { class: "whose faint" }, user.username)],
  };
}

function channelItem({ id, name, parent_id: parent }, world, pick) {
  return {
    group: t("Channels"),
    pick: () => pick(`#${name}`),
    show: () => [icon(world.isThread(id) ? "thread" : "hash"), h("span", {}, name), parent && h("span", { class: "whose faint" }, world.channelName(parent))],
  };
}