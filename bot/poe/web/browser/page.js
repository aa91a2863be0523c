/*
 * Reads Poe's page: its state, and an answer's text as Markdown. Every selector comes from bot/poe/web/page/locators.py.
 */
(() => {
  const quoth = window.__quoth;
  if (!quoth || quoth.state) return;

  function visible(element) {
    if (!element.getClientRects().length || element.closest('[aria-hidden="true"]')) return false;
    const style = getComputedStyle(element);
    return style.visibility !== "hidden" && style.display !== "none" && Number(style.opacity) > 0.01;
  }

  /** The first visible element of a role and the selector that found it. */
  function locate(selectors, accept = visible) {
    for (const selector of selectors) {
      const element = [...document.querySelectorAll(selector)].find(accept);
      if (element) return { element, selector };
    }
    return { element: null, selector: null };
  }

  const find = (selectors) => locate(selectors).element;

  /** The element of a role that a person would click. */
  function part(locators, role) {
    if (role === "send") return sendButton(locators);
    if (role === "dialog_close") return dialogClose(locators);
    return find(locators[role]);
  }

  /** Moves a part into view and returns where its middle is: x and y, "absent", or "covered" if a click would not land. */
  function target(locators, role) {
    const element = part(locators, role);
    if (!element) return "absent";
    element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    const box = element.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    return element.contains(document.elementFromPoint(x, y)) ? [x, y] : "covered";
  }

  const VALUE = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value");

  /** Writes into the composer so that React notices: emptied first, with an input event for each step. */
  function write(locators, text) {
    const area = composer(locators);
    if (!area) return false;
    const put = (value, inputType) => {
      VALUE.set.call(area, value);
      area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType, data: value || null }));
    };
    area.focus();
    put("", "deleteContentBackward");
    if (text) put(text, "insertText");
    return true;
  }

  function focus(locators) {
    const area = composer(locators);
    if (area) area.focus();
  }

  /** Whether the composer holds exactly a text. */
  function holds(locators, text) {
    const area = composer(locators);
    return Boolean(area) && area.value === text;
  }

  const present = (selectors) => locate(selectors, () => true).element;
  const writable = (element) => visible(element) && !element.disabled && !element.readOnly;

  function composer(locators) {
    return locate(locators.composer, writable).element;
  }

  /**
   * Whether the composer is empty and hydrated: the page's scripts have taken over what the server rendered. Then React
   * has left its mark on the text area, and Send is disabled because there is nothing to send. If neither the text area
   * nor Send was found by a reliable selector, the right ones may not be there yet.
   */
  function hydrated(locators) {
    const { element, selector } = locate(locators.composer, writable);
    if (!element || element.value !== "") return false;
    const send = sendFound(locators);
    if (!send && selector === locators.composer[locators.composer.length - 1]) return false;
    return "_valueTracker" in element || !usable(send);
  }

  /** A button's label and icon. */
  const markup = (button) => button && (button.getAttribute("aria-label") || "") + button.innerHTML;

  /** Send by its selectors. If several buttons fit a selector, such as one for speech, Send is the last of them. */
  function sendFound(locators) {
    for (const selector of locators.send) {
      const fitting = [...document.querySelectorAll(selector)].filter(visible);
      if (fitting.length) return fitting[fitting.length - 1];
    }
    return null;
  }

  /** Send by its selectors, else (on a page in another language) the last button beside the composer. */
  function sendButton(locators) {
    const known = sendFound(locators);
    if (known) return known;
    const area = composer(locators);
    const beside = locators.send_beside.join();
    let around = beside && area && area.parentElement;
    while (around && around !== document.body && !around.querySelector(beside)) around = around.parentElement;
    const buttons = around && around !== document.body ? [...around.querySelectorAll(beside)].filter(visible) : [];
    return buttons.length && !find(locators.stop) ? buttons[buttons.length - 1] : null;
  }

  /** The close button inside the open dialog; other parts of the page have such buttons too. */
  function dialogClose(locators) {
    const dialog = find(locators.dialog);
    return dialog && locate(locators.dialog_close, (button) => visible(button) && dialog.contains(button)).element;
  }

  function usable(button) {
    return Boolean(button) && !button.disabled && button.getAttribute("aria-disabled") !== "true";
  }

  const numberOf = (element) => (/^message-(\d+)$/.exec(element.id) || [])[1] || null;

  /** The elements of all messages: the outermost ones that the first successful selector finds. */
  function messages(locators) {
    for (const selector of locators.message) {
      // Other parts of the page may have such ids, but without a number.
      const all = [...document.querySelectorAll(selector)].filter((one) => numberOf(one) || !/^message-/.test(one.id));
      const known = new Set(all);
      const inside = (one) => one && (known.has(one) || inside(one.parentElement));
      if (all.length) return all.filter((one) => !inside(one.parentElement));
    }
    return [];
  }

  function described(message, list, locators, texts) {
    const alone = (around) => around && list.filter((one) => around.contains(one)).length === 1;
    const within = (selectors) =>
      selectors.some((s) => message.matches(s) || message.querySelector(s) || alone(message.closest(s)));
    const marked = message.matches("[data-complete]") ? message : message.querySelector("[data-complete]") || message.closest("[data-complete]");
    const own = within(locators.own);
    return {
      id: numberOf(message),
      own,
      complete: marked ? marked.getAttribute("data-complete") === "true" : null,
      error: within(locators.error),
      text: own || texts ? written(message, locators, own) : null,
    };
  }

  function written(message, locators, own) {
    for (const selector of locators.text) {
      const bodies = [...message.querySelectorAll(selector)];
      const outer = bodies.filter((one) => !bodies.some((other) => other !== one && other.contains(one)));
      if (outer.length) return outer.map((body) => (own ? body.innerText : markdown(body))).join("\n\n").trim();
    }
    return null;
  }

  const attached = [];

  /** Keeps a part of a file, as base64, until `attach` makes files of all parts. */
  function keep(part) {
    attached.push(Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0)));
  }

  /** The file input; null where there is none, or where it is disabled. */
  function fileInput(locators) {
    const input = present(locators.file_input);
    return input && !input.disabled ? input : null;
  }

  /** Puts the parts that were kept into the file input as files: `[name, type, number of parts]` for each. */
  function attach(locators, files) {
    const input = fileInput(locators);
    const chosen = new DataTransfer();
    for (const [name, type, count] of files) chosen.items.add(new File(attached.splice(0, count), name, { type }));
    if (!input) return false;
    input.files = chosen.files;
    for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
    return true;
  }

  /** Whether an element is beside the composer, not in a message. */
  const beside = (locators) => (element) => !messages(locators).some((message) => message.contains(element));

  /** How many files the composer shows, and whether one of them is still being uploaded. */
  function previews(locators) {
    for (const selector of locators.file_preview) {
      const all = [...document.querySelectorAll(selector)].filter((one) => visible(one) && beside(locators)(one));
      const outer = all.filter((one) => !all.some((other) => other !== one && other.contains(one)));
      if (outer.length) return { count: outer.length, busy: outer.some((one) => isBusy(locators, one)) };
    }
    return { count: 0, busy: false };
  }

  /** Whether a preview, or what is right around it, shows progress. */
  function isBusy(locators, preview) {
    const selector = locators.file_busy.join();
    return preview.matches(selector) || Boolean((preview.parentElement || preview).querySelector(selector));
  }

  /** The replies that Poe suggests below the last message, without the buttons beside them that do something else. */
  function suggestions(locators, last) {
    const found = new Set(locators.suggestion.flatMap((selector) => [...document.querySelectorAll(selector)]));
    const below = [...found].filter((one) => visible(one) && (last.contains(one) || last.compareDocumentPosition(one) & 4));
    return below.map((one) => one.innerText.trim()).filter((text) => text && !/^(Compare|Speak)$/.test(text));
  }

  /** The addresses of the models that the page names. */
  function models(locators) {
    const named = locators.model.flatMap((selector) => [...document.querySelectorAll(selector)]);
    const links = named.map((one) => one.closest("a[href]") || one.querySelector("a[href]"));
    return [...new Set(links.filter(Boolean).map((link) => link.href))];
  }

  /** What is on the page now, in the fields of PageState in tab.py; with `texts`, the model's texts too. */
  function state(locators, texts) {
    const area = composer(locators);
    const list = messages(locators);
    const bar = locators.action_bar.flatMap((s) => [...document.querySelectorAll(s)]).pop();
    const last = list[list.length - 1];
    const dialog = find(locators.dialog);
    const limit = find(locators.limit);
    return {
      url: location.href,
      document: performance.timeOrigin,
      title: document.title,
      composer: Boolean(area),
      typed: area ? area.value.length : 0,
      hydrated: hydrated(locators),
      sendable: usable(sendButton(locators)),
      send_markup: markup(sendFound(locators)),
      stop: Boolean(find(locators.stop)),
      action_bar: Boolean(bar && last && (last.contains(bar) || last.compareDocumentPosition(bar) & 4)),
      dialog: dialog ? dialog.innerText.slice(0, 500) : null,
      limit: limit ? limit.innerText.slice(0, 500) : null,
      status: (performance.getEntriesByType("navigation")[0] || {}).responseStatus || 0,
      login: Boolean(find(locators.login) || (!area && find(locators.login_hint))),
      challenge: Boolean(!area && present(locators.challenge)), // ordinary pages may carry the challenge's scripts
      missing: Boolean(find(locators.missing)),
      models: models(locators),
      suggestions: last ? suggestions(locators, last) : [],
      messages: list.map((one) => described(one, list, locators, texts)),
    };
  }

  /** Which selector of each role matches now, for `quoth doctor`. */
  function matching(locators) {
    return Object.fromEntries(Object.entries(locators).map(([role, selectors]) => [role, locate(selectors).selector]));
  }

  const KEPT_ATTRIBUTES = /^(class|id|role|type|name|disabled|hidden|contenteditable|tabindex|aria-(hidden|modal|disabled)|data-(complete|testid))$/;

  const hidden = (text) => text.replace(/\S/g, "x");

  /**
   * The page's elements without anything that anybody wrote: every letter becomes an x, attributes that can hold words are
   * removed.
   */
  function redacted() {
    const copy = document.documentElement.cloneNode(true);
    for (const element of copy.querySelectorAll("script, style, link, meta, noscript")) element.remove();
    for (const element of [copy, ...copy.querySelectorAll("*")]) {
      for (const { name, value } of [...element.attributes]) {
        if (name === "aria-label") element.setAttribute(name, hidden(value));
        else if (!KEPT_ATTRIBUTES.test(name)) element.removeAttribute(name);
      }
    }
    const texts = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT);
    while (texts.nextNode()) texts.currentNode.data = hidden(texts.currentNode.data);
    return `<!doctype html>\n${copy.outerHTML}`;
  }

  const INLINE = {
    STRONG: (text) => `**${text}**`,
    B: (text) => `**${text}**`,
    EM: (text) => `*${text}*`,
    I: (text) => `*${text}*`,
    DEL: (text) => `~~${text}~~`,
    CODE: (text) => `\`${text}\``,
    A: (text, node) => (text && text !== node.href ? `[${text}](${node.href})` : node.href),
    IMG: (text, node) => `![${node.alt}](${node.src})`,
    BR: () => "\n",
  };
  const SKIPPED = new Set(["BUTTON", "SCRIPT", "STYLE", "SVG", "svg", "TEXTAREA"]);

  function inline(node) {
    if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/\s+/g, " ");
    if (node.nodeType !== Node.ELEMENT_NODE || SKIPPED.has(node.nodeName)) return "";
    const text = [...node.childNodes].map(inline).join("");
    return INLINE[node.nodeName] ? INLINE[node.nodeName](text, node) : text;
  }

  function code(pre) {
    const tag = pre.querySelector("code") || pre;
    const language = (/language-([^\s]+)/.exec(tag.className) || [])[1] || "";
    const text = tag.textContent.replace(/\n$/, "");
    const fence = text.includes("```") ? "````" : "```";
    return `${fence}${language}\n${text}\n${fence}`;
  }

  function table(node) {
    const rows = [...node.rows].map((row) => [...row.cells].map((cell) => inline(cell).trim()));
    const line = (cells) => `| ${cells.join(" | ")} |`;
    return rows.length ? [line(rows[0]), line(rows[0].map(() => "---")), ...rows.slice(1).map(line)].join("\n") : "";
  }

  function list(node) {
    const mark = (index) => (node.nodeName === "OL" ? `${(node.start || 1) + index}. ` : "- ");
    const items = [...node.children].filter((child) => child.nodeName === "LI");
    return items.map((item, index) => mark(index) + markdown(item).replace(/\n+/g, "\n").replace(/\n/g, "\n  ")).join("\n");
  }

  const BLOCKS = {
    PRE: code,
    TABLE: table,
    UL: list,
    OL: list,
    HR: () => "---",
    BLOCKQUOTE: (node) => markdown(node).replace(/^/gm, "> "),
  };

  /** One block as Markdown, without the language label and the buttons that stand beside the <pre> of a code block. */
  function block(node) {
    if (BLOCKS[node.nodeName]) return BLOCKS[node.nodeName](node);
    const heading = /^H([1-6])$/.exec(node.nodeName);
    if (heading) return `${"#".repeat(Number(heading[1]))} ${inline(node).trim()}`;
    const pres = node.querySelectorAll("pre");
    if (pres.length === 1 && !node.querySelector("p,ul,ol,table,blockquote,h1,h2,h3,h4,h5,h6")) return code(pres[0]);
    return markdown(node);
  }

  const isBlock = (node) =>
    node.nodeType === Node.ELEMENT_NODE && !SKIPPED.has(node.nodeName) &&
    (/^(H[1-6]|P|DIV|SECTION|PRE|TABLE|UL|OL|HR|BLOCKQUOTE)$/.test(node.nodeName) || Boolean(node.querySelector("pre,table,ul,ol,p")));

  /** Rendered text, turned back into Markdown. */
  function markdown(root) {
    const blocks = [];
    let line = "";
    const close = () => {
      if (line.trim()) blocks.push(line.trim());
      line = "";
    };
    for (const node of root.childNodes) {
      if (isBlock(node)) {
        close();
        const text = block(node);
        if (text) blocks.push(text);
      } else line += inline(node);
    }
    close();
    return blocks.join("\n\n");
  }

  Object.assign(quoth, { keep, fileInput, attach, previews, state, matching, part, target, write, focus, holds, redacted });
})();
