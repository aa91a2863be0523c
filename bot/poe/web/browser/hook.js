/*
 * Runs before the page's own scripts and notes what the page sends and receives, so that Quoth can read it.
 *
 * It never throws into the page, changes nothing that the page sees, and leaves `instanceof`, constants and protocols as
 * they are (Proxies keep them). News are kept in order with a number each, in `window.__quoth`; see page.js for the rest.
 */
(() => {
  if (window.__quoth) return;
  const KEPT = 4000; // News kept at the most; a reader that falls behind further reads the page itself.
  const LONG = 1000; // Characters from which on a text is told as what changed in one of the last ones.
  const BASES = 8; // How many these are; tab.py has the same number.
  const ANCHOR = 48; // Characters by which it is seen that an older text goes on in a newer one,
  const SKIPPED = 24; // also where so many of the older one are replaced, such as a count.
  const born = `${Date.now()}.${Math.random()}`; // tells this document from those before it in the tab
  const news = [];
  const waiting = new Set();
  const texts = []; // the last long ones that were told, whole, the newest first
  const muted = new Set(); // chats whose frames are nobody's news
  let deaf = false; // nobody reads
  let tell = null; // whom news are told to; without it they are kept until somebody asks
  let count = 0;

  function note(kind, data) {
    if (deaf) return;
    const envelope = kind === "frame" && (muted.size || data.length >= LONG) && safely(() => JSON.parse(data));
    if (envelope && safely(() => isMuted(envelope))) return;
    const item = { born, number: ++count, kind, ...(envelope ? shortened(data, envelope) : { data }) };
    if (tell) return void safely(() => tell(JSON.stringify(item)));
    news.push(item);
    if (news.length > KEPT) news.splice(0, news.length - KEPT);
    for (const wake of [...waiting]) wake();
  }

  /** Whether all that a frame carries belongs to chats that are muted, by what its messages say of themselves. */
  function isMuted({ messages }) {
    if (!Array.isArray(messages) || !messages.length) return false;
    const chatOf = (message) => /"unique_id":\s*"[^"]*:(\d+)"/.exec(message);
    return messages.map((one) => chatOf(typeof one === "string" ? one : JSON.stringify(one))).every((chat) => chat && muted.has(chat[1]));
  }

  /** How many characters two texts share at their beginnings. Native comparisons: texts may be very long. */
  function shared(one, other, most) {
    let low = 0;
    for (let high = most; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (one.slice(low, middle) === other.slice(low, middle)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The place itself, or the one before it where it lies in the middle of a character. */
  const undivided = (text, at) => at - Number(/[\ud800-\udbff]/.test(text.charAt(at - 1)));

  /**
   * A text as parts of an older one, each with what comes after it: [from, to, then]; to its end, where `to` is null.
   * What is new is looked for until the older text goes on, again and again.
   */
  function parts(text, older) {
    const found = [];
    for (let at = 0, from = 0; at < text.length; ) {
      const rest = text.slice(at);
      const head = undivided(rest, shared(rest, older.slice(from), Math.min(rest.length, older.length - from)));
      const to = from + head;
      const [skipped, next] = goesOn(rest, older, head, to);
      found.push([from, to === older.length ? null : to, rest.slice(head, next)]);
      at += next;
      from = to + skipped;
    }
    return found;
  }

  /** Where an older text goes on in a newer one, and how much of it is left out there. */
  function goesOn(rest, older, head, to) {
    for (const skipped of [0, SKIPPED]) {
      const start = undivided(older, to + skipped);
      const anchor = older.slice(start, start + ANCHOR);
      const next = anchor.length === ANCHOR ? rest.indexOf(anchor, head) : -1;
      if (next >= 0) return [start - to, next];
    }
    return [0, rest.length];
  }

  /** The name by which a long text is told; one that was not told before goes into `told` as parts of one that was. */
  function named(text, told) {
    let best = [null, text];
    let least = text.length / 2;
    for (const { name, whole } of texts) {
      if (whole === text) return name;
      const found = parts(text, whole);
      const size = found.reduce((sum, part) => sum + part[2].length + ANCHOR, 0);
      if (size < least) [best, least] = [[name, found], size];
      if (size < LONG) break;
    }
    const name = `${born}.${++named.count}`;
    told.push([name, ...best]);
    texts.unshift({ name, whole: text });
    if (texts.length > BASES) texts.pop();
    return name;
  }
  named.count = 0;

  /** A frame with its messages opened, which come as JSON in JSON. */
  function opened(envelope) {
    const messages = envelope.messages.map((one) => (typeof one === "string" ? JSON.parse(one) : one));
    return { ...envelope, messages };
  }

  /** A frame as it is told: its long texts by themselves, because they are cumulative and were mostly told before. */
  function shortened(frame, envelope) {
    if (frame.length < LONG) return { data: frame };
    const told = [];
    function short(key, value) {
      if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) throw new RangeError("not exact here");
      return typeof value === "string" && value.length >= LONG && !Array.isArray(this) ? named(value, told) : value;
    }
    const data = safely(() => JSON.stringify(opened(envelope), short));
    if (data !== undefined) return { data, texts: told };
    texts.splice(0, told.length); // nobody is told these
    return { data: frame };
  }

  function safely(work) {
    try {
      return work();
    } catch {
      return undefined;
    }
  }

  /** All news after a number; forgets what was read before. */
  function after(number) {
    while (news.length && news[0].number <= number) news.shift();
    return { born, news: news.slice() };
  }

  /**
   * Resolves with the news after a place: at once where there are some, else when some come or the time is over.
   * A place is the document that the reader knows and the number that it has read there.
   */
  function wait(known, read, milliseconds) {
    const number = known === born ? read : 0;
    return new Promise((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      waiting.add(wake);
      if (count > number) wake();
    }).then(() => after(number));
  }

  const isUpdates = (url) => /\/updates\?.*min_seq/.test(String(url));
  const isQuery = (url) => /gql_(upload_)?POST/.test(String(url));

  window.WebSocket = new Proxy(window.WebSocket, {
    construct(target, args, newTarget) {
      const socket = Reflect.construct(target, args, newTarget);
      safely(() => {
        socket.addEventListener("message", (event) => {
          if (typeof event.data === "string") note("frame", event.data);
        });
        socket.addEventListener("close", () => note("closed", String(args[0])));
      });
      return socket;
    },
  });

  /** The texts of a request's body: at once where they are at hand, else as a promise. */
  function textsOf(request, body) {
    if (request instanceof Request && request.body) return request.clone().text().then((text) => [text]);
    if (body instanceof FormData) return [...body.values()].filter((value) => typeof value === "string");
    if (!body || body instanceof ReadableStream) return []; // a stream can be read only once, and the page has to
    return typeof body === "string" ? [body] : new Response(body).text().then((text) => [text]);
  }

  /** What a send carries: its nonce tells our echo from everybody else's. Returns whether it was a send. */
  function noteSend(texts) {
    for (const text of texts) {
      const request = safely(() => JSON.parse(text));
      const variables = request && request.variables;
      if (!variables || typeof variables.query !== "string") continue;
      note("sent", { query: variables.query, nonce: variables.clientNonce || null });
      return true;
    }
    return false;
  }

  /** Whether a request to this address is a send, as a value or as a promise; a send is noted. */
  function noteRequest(url, request, body) {
    if (!isQuery(url)) return false;
    const texts = safely(() => textsOf(request, body)) || [];
    return texts instanceof Promise ? texts.then(noteSend, () => false) : noteSend(texts);
  }

  /** Note an answer of the server: what a send was answered (0: nothing), what was pushed, what the page read again. */
  function noteAnswer(url, sends, status, body) {
    if (sends) note("answered", { status, body });
    else if (isUpdates(url)) note("frame", body);
    else if (isQuery(url) && /"messageId"/.test(body)) note("reread", body);
  }

  window.fetch = new Proxy(window.fetch, {
    apply(target, self, args) {
      const url = safely(() => (args[0] instanceof Request ? args[0].url : String(args[0]))) || "";
      if (!isQuery(url) && !isUpdates(url)) return Reflect.apply(target, self, args);
      const sends = noteRequest(url, args[0], args[1] && args[1].body);
      const answer = Reflect.apply(target, self, args);
      const read = async (response) => {
        const body = response.clone().text(); // now: the page is about to read the original
        noteAnswer(url, await sends, response.status, await body);
      };
      const failed = async () => noteAnswer(url, await sends, 0, "");
      answer.then(read).catch(failed);
      return answer;
    },
  });

  const send = XMLHttpRequest.prototype.send;
  const open = XMLHttpRequest.prototype.open;
  const addresses = new WeakMap();
  XMLHttpRequest.prototype.open = function (...args) {
    safely(() => addresses.set(this, String(args[1])));
    return Reflect.apply(open, this, args);
  };
  XMLHttpRequest.prototype.send = function (...args) {
    safely(() => {
      const url = addresses.get(this) || "";
      if (!isQuery(url) && !isUpdates(url)) return;
      const sends = noteRequest(url, null, args[0]);
      const read = async () => noteAnswer(url, await sends, this.status, this.responseText);
      this.addEventListener("loadend", () => read().catch(() => {}));
    });
    return Reflect.apply(send, this, args);
  };

  /** Tell news from now on instead of keeping them. */
  function push(listener) {
    tell = listener;
  }

  /** Note nothing more, or everything again. */
  function listen(on) {
    deaf = !on;
    muted.clear();
  }

  const mute = (chats) => chats.forEach((chat) => muted.add(String(chat)));

  Object.defineProperty(window, "__quoth", { value: { wait, push, listen, mute }, enumerable: false });
})();
