// One chat: its messages by id, from replies, frames and the chat's history.

const KEPT = 60;
const FIELDS = ["text", "state"];

export class Chat {
  constructor(history) {
    this.id = null;
    this.code = null;
    this.title = "";
    this.messages = new Map();
    this.nonces = new Set();
    this.early = []; // frames that came before the page knew its chat
    if (history) this.read(history);
  }

  read(history) {
    this.know(history);
    for (const node of history.messages) this.put(node, history.minSeq);
  }

  know({ chatId, chatCode, title }) {
    this.id = chatId;
    this.code = chatCode;
    this.title = title ?? this.title;
    const early = this.early;
    this.early = [];
    for (const [inners, seq] of early) this.hear(inners, seq);
  }

  // A frame may hold anything; only messages and titles of this chat matter. Returns whether there were any.
  hear(inners, seq) {
    if (this.id === null) {
      this.early = [...this.early.slice(-KEPT), [inners, seq]];
      return false;
    }
    let counted = false;
    for (const inner of inners) {
      const payload = inner.payload ?? {};
      if (String(payload.unique_id ?? "").split(":").pop() !== String(this.id)) continue;
      counted = true;
      for (const member of Object.values(payload.data ?? {})) {
        if (member?.messageId) this.put(member, seq);
        else if (member?.title) this.title = member.title;
      }
    }
    return counted;
  }

  // Frames come twice and out of order: a field keeps the value with the highest number.
  put(node, seq) {
    const message = this.messages.get(node.messageId) ?? { messageId: node.messageId, seqs: {}, followups: [] };
    if (!this.messages.has(node.messageId) && node.author === undefined) return;
    // Frames may come without an author; then only a human's message has a nonce.
    message.author = node.author || message.author || (node.clientNonce ? "human" : "");
    message.attachments = node.attachments ?? message.attachments ?? [];
    for (const field of FIELDS) {
      if (node[field] === undefined || (message.seqs[field] ?? -1) > seq) continue;
      message[field] = node[field];
      message.seqs[field] = seq;
    }
    if (node.followupActions?.length) message.followups = node.followupActions.map((action) => action.bodyText);
    this.messages.set(node.messageId, message);
  }

  sorted() {
    return [...this.messages.values()].sort((one, other) => one.messageId - other.messageId);
  }

  // The bot messages that are still incomplete.
  running() {
    return this.sorted().filter((message) => isBot(message) && message.state === "incomplete");
  }
}

export const isBot = (message) => message.author !== "human";
