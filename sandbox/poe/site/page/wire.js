// The update channel: connect, receive frames, and reconnect.
import { on } from "./dom.js";
import { settings, useChannel } from "./gql.js";

const GIVE_UP = 4000; // the sandbox's own close code: don't reconnect
const LATER = 300;
const READ_EVERY = 250;

export class Wire {
  // onFrame(inners, seq) gets every frame; onOpen() is called whenever the page may have missed something.
  constructor(onFrame, onOpen) {
    this.onFrame = onFrame;
    this.onOpen = onOpen;
    this.tchannel = null;
    this.socket = null;
    this.seq = 0;
  }

  async start() {
    try {
      this.tchannel = await settings();
    } catch {
      setTimeout(() => this.start(), LATER);
      return;
    }
    useChannel(this.tchannel.channel);
    this.seq = Number(this.tchannel.minSeq);
    if (on("drowsy")) document.onvisibilitychange = () => (document.hidden ? this.hangUp() : this.listen());
    if (this.tchannel.enableWebsocket) this.listen();
    else if (on("no-wire")) setInterval(() => this.onOpen(), READ_EVERY);
    else this.poll();
  }

  address(scheme) {
    const { baseHost, boxName, channel, channelHash } = this.tchannel;
    const query = new URLSearchParams({ min_seq: this.seq, channel, hash: channelHash, generation: 1 });
    const host = on("tch-host") ? `tch${100000 + Math.floor(Math.random() * 900000)}.tch.localhost:${location.port}` : baseHost;
    return `${scheme}//${host}/up/${boxName}/updates?${query}`;
  }

  listen() {
    const socket = new WebSocket(this.address("ws:"));
    this.socket = socket;
    socket.addEventListener("open", () => this.onOpen());
    socket.addEventListener("message", (event) => this.hear(event.data));
    socket.addEventListener("close", (event) => {
      if (this.socket !== socket || event.code === GIVE_UP) return;
      setTimeout(() => this.listen(), LATER);
    });
  }

  hangUp() {
    const old = this.socket;
    this.socket = null;
    old?.close();
  }

  // Without WebSockets the same URL answers over HTTP, one frame at a time.
  async poll() {
    this.onOpen();
    for (;;) {
      try {
        const response = await fetch(this.address("http:"));
        if (!response.ok) throw new Error(`updates: ${response.status}`);
        this.hear(await response.text());
      } catch {
        await new Promise((resolve) => setTimeout(resolve, LATER));
      }
    }
  }

  hear(text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame.error === "missed_messages") this.restart();
    if (!Array.isArray(frame.messages)) return;
    this.seq = Math.max(this.seq, frame.min_seq ?? 0);
    const inners = frame.messages.map((inner) => (typeof inner === "string" ? JSON.parse(inner) : inner));
    this.onFrame(inners, frame.min_seq ?? 0);
    if (inners.some((inner) => inner.message_type === "refetchChannel")) this.restart();
  }

  // Frames between the old and the new socket are lost (poe.md section 3.2).
  restart() {
    if (!this.tchannel.enableWebsocket) return;
    this.hangUp();
    setTimeout(() => this.start(), LATER);
  }
}
