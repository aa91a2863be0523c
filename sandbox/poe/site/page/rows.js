// The rows of messages. A row is made once, and updated where its message changed.
import { isBot } from "./chat.js";
import { button, css, el, page } from "./dom.js";
import { query } from "./gql.js";
import { Rendered } from "./markdown.js";

const TOO_LONG = "error_user_message_too_long";

export class Rows {
  // onFollowup(text) is called when a suggested reply is pressed.
  constructor(root, onFollowup) {
    this.root = root;
    this.onFollowup = onFollowup;
    this.rows = new Map();
    this.tuple = null;
  }

  update(chat) {
    for (const message of chat.sorted()) {
      const row = this.rows.get(message.messageId) ?? this.add(message);
      row.update(message);
    }
    this.finish(chat);
  }

  // A human message and its answers make a tuple.
  add(message) {
    if (!isBot(message) || !this.tuple) {
      this.tuple = el("div", { class: css("tuple") });
      this.root.append(this.tuple);
    }
    const row = isBot(message) ? new BotRow(message) : new HumanRow(message);
    this.tuple.querySelectorAll(":scope > section, [data-followups]").forEach((element) => element.remove());
    // A late frame may bring an earlier message after a later one.
    const later = [...this.rows].filter(([id]) => id > message.messageId).map(([, { element }]) => element);
    this.tuple.insertBefore(row.element, later.find((element) => element.parentElement === this.tuple) ?? null);
    this.rows = new Map([...this.rows, [message.messageId, row]].sort(([one], [other]) => one - other));
    return row;
  }

  // The action bar follows the last message of the tuple once nothing in it is incomplete.
  finish(chat) {
    const last = chat.sorted().at(-1);
    if (!this.tuple || !last || !isBot(last) || chat.running().length) return;
    if (!this.tuple.querySelector("section:not([data-followups])")) this.tuple.append(actionBar());
    if (last.followups.length && !this.tuple.querySelector("[data-followups]")) this.tuple.append(this.followups(last));
  }

  followups(message) {
    const buttons = message.followups.map((text) => button("followup", "", text, { click: () => this.onFollowup(text) }));
    const control = css("followupControl") && button("followupControl", "", "Compare", { click: () => query("compareMutation", {}) });
    return el("section", { class: css("followups"), "data-followups": true }, ...buttons, control || null);
  }
}

function actionBar() {
  const names = ["share", "retry", "more"];
  // None of these is modelled: pressing one gets a 501, and the server's log says so.
  const buttons = names.map((name) =>
    button(name === "more" ? "overflow" : "plainButton", name, "◦", { click: () => query(`${name}Mutation`, {}) }),
  );
  return el("section", { class: css("actionBar") }, ...buttons);
}

class HumanRow {
  constructor(message) {
    this.markdown = el("div", { class: css("markdown") });
    const files = message.attachments.map(({ name }) => el("div", { class: css("filePreview") }, name));
    const bubble = el("div", { class: css("humanBubble") }, ...files, textBox(this.markdown));
    this.element = frame(message, el("div", { class: css("humanWrapper") }, bubble));
  }

  update(message) {
    if (this.text === message.text) return;
    this.text = message.text;
    // A prompt is shown as it was written, line by line.
    this.markdown.replaceChildren(el("p", { class: "asWritten" }, message.text));
  }
}

class BotRow {
  constructor(message) {
    const title = el("a", { class: css("botTitle"), href: `/${page.handle}` }, el("div", { class: css("botText") }, el("p", {}, page.handle)));
    this.markdown = el("div", { class: css("markdown") });
    this.rendered = new Rendered(this.markdown);
    this.bubble = el("div", { class: css("botBubble") }, textBox(this.markdown));
    this.element = frame(message, el("div", { class: css("botHeader") }, title), this.bubble);
  }

  update(message) {
    if (this.text === message.text && this.state === message.state) return;
    this.text = message.text;
    this.state = message.state;
    const waiting = !message.text && message.state === "incomplete";
    if (waiting) this.wait();
    else this.rendered.update(message.text);
    this.element.setAttribute("data-complete", String(message.state !== "incomplete"));
    if (message.state.startsWith("error")) this.fail(message.state);
  }

  wait() {
    this.rendered.clear();
    this.markdown.replaceChildren(dots());
  }

  fail(state) {
    const sentence = state === TOO_LONG ? "Your message is too long for this bot." : "Something went wrong with this answer.";
    const icon = state === TOO_LONG ? el("span", { class: css("noSign") }, "🚫") : null;
    this.bubble.setAttribute("class", `${css("botBubble")} ${css("errorBubble")}`);
    this.markdown.append(el("p", {}, ...[icon, sentence].filter(Boolean)));
  }
}

const OLD = page.skin === "2023";

const textBox = (markdown) =>
  OLD
    ? markdown
    : el("div", { class: css("textContainer") }, el("div", { class: css("selectable") }, el("div", { class: css("prose") }, markdown)));

// In 2023 the row had data-complete, and messages had no ids (poe.md sections 1.2 and 1.3).
function frame(message, ...children) {
  const complete = { "data-complete": String(message.state !== "incomplete") };
  if (!OLD) return el("div", { id: `message-${message.messageId}`, class: css("chatMessage"), ...complete }, ...children);
  return el("div", { class: css("row"), ...complete }, el("div", { class: css("chatMessage") }, ...children));
}

const dots = () =>
  OLD ? el("p", {}, "...") : el("div", { class: css("dots") }, ...[1, 2, 3].map(() => el("span", { class: css("dot") })));
