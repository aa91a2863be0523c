// Render Markdown as far as answers need it: the DOM has rendered text, only the wire has the source.
import { css, el, page } from "./dom.js";

const FENCE = /^```\s*([\w+-]*)\s*$/;
const LIST = /^(\s*)([-*]|\d+\.)\s+(.*)$/;
const TABLE_RULE = /^\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$/;
const INLINE = /(`+)(.+?)\1|!\[([^\]]*)\]\(([^)\s]+)\)|\[([^\]]+)\]\(([^)\s]+)\)|\*\*(.+?)\*\*|\*([^*\s][^*]*)\*|\\([\\`*_[\]])/gs;

// A text that grows inside `root`. As on a React page, elements whose text has not changed stay: only what follows the
// last blank line between two blocks is rendered again.
export class Rendered {
  constructor(root) {
    this.root = root;
    this.clear();
  }

  clear() {
    this.kept = ""; // the text of the elements that stay
    this.count = 0; // how many these are
  }

  update(text) {
    if (!text.startsWith(this.kept)) this.clear();
    const lines = text.slice(this.kept.length).split("\n");
    const made = blocks(lines);
    while (this.root.childNodes.length > this.count) this.root.lastChild.remove();
    this.root.append(...made.map(([element]) => element));
    const last = made.findLastIndex(([, at]) => at > 0 && !lines[at - 1].trim());
    if (last < 1) return;
    this.kept += lines.slice(0, made[last][1]).join("\n") + "\n";
    this.count += last;
  }
}

// Elements, each with the number of its first line.
function blocks(lines) {
  const made = [];
  let at = 0;
  while (at < lines.length) {
    const [element, next] = block(lines, at);
    if (element) made.push([element, at]);
    at = next;
  }
  return made;
}

function block(lines, at) {
  const line = lines[at];
  if (!line.trim()) return [null, at + 1];
  if (FENCE.test(line)) return code(lines, at);
  const heading = /^(#{1,6})\s+(.*)$/.exec(line);
  if (heading) return [el(`h${heading[1].length}`, {}, ...inline(heading[2])), at + 1];
  if (/^(-{3,}|\*{3,})$/.test(line.trim())) return [el("hr"), at + 1];
  if (line.startsWith(">")) return quote(lines, at);
  if (LIST.test(line)) return list(lines, at);
  if (line.includes("|") && TABLE_RULE.test(lines[at + 1] ?? "")) return table(lines, at);
  return paragraph(lines, at);
}

// While an answer streams, its last fence is often still open: then it extends to the end.
function code(lines, at) {
  const language = FENCE.exec(lines[at])[1];
  let end = at + 1;
  while (end < lines.length && lines[end].trim() !== "```") end += 1;
  const source = lines.slice(at + 1, end).join("\n") + "\n";
  const tag = el("code", { class: `${css("codeTag")} language-${language || "text"}`.trim() }, source);
  const header = el(
    "div",
    { class: css("codeHeader") },
    el("div", { class: css("codeLanguage") }, language),
    el("div", { class: css("codeActions") }, el("button", { type: "button", class: css("plainButton") }, page.labels.copy)),
  );
  const pre = el("pre", { class: css("preTag") }, tag);
  return [el("div", { class: css("codeBlock") }, header, el("div", { class: css("collapsible") }, pre)), end + 1];
}

function quote(lines, at) {
  let end = at;
  while (end < lines.length && lines[end].startsWith(">")) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(/^> ?/, ""));
  return [el("blockquote", {}, ...blocks(inner).map(([element]) => element)), end];
}

function list(lines, at) {
  const ordered = /\d/.test(LIST.exec(lines[at])[2]);
  const items = [];
  while (at < lines.length && LIST.test(lines[at])) {
    items.push(el("li", {}, ...inline(LIST.exec(lines[at])[3])));
    at += 1;
  }
  return [el(ordered ? "ol" : "ul", {}, ...items), at];
}

function table(lines, at) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => inline(cell.trim()));
  const head = el("tr", {}, ...cells(lines[at]).map((cell) => el("th", {}, ...cell)));
  const rows = [];
  for (at += 2; at < lines.length && lines[at].includes("|"); at += 1) {
    rows.push(el("tr", {}, ...cells(lines[at]).map((cell) => el("td", {}, ...cell))));
  }
  return [el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows)), at];
}

function paragraph(lines, at) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !/^(```|>|#{1,6}\s)/.test(lines[end]) && !LIST.test(lines[end])) end += 1;
  return [el("p", {}, ...inline(lines.slice(at, end).join("\n"))), end];
}

function inline(text) {
  const made = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    made.push(text.slice(from, found.index), mark(found));
    from = found.index + found[0].length;
  }
  return [...made, text.slice(from)].filter((part) => part !== "");
}

function mark([, , codeText, alt, source, label, link, bold, italic, escaped]) {
  if (codeText !== undefined) return el("code", {}, codeText);
  if (source !== undefined) return el("img", { class: css("image"), alt, src: safe(source) });
  if (link !== undefined) return el("a", { href: safe(link), target: "_blank", rel: "noopener" }, ...inline(label));
  if (bold !== undefined) return el("strong", {}, ...inline(bold));
  if (italic !== undefined) return el("em", {}, ...inline(italic));
  return escaped;
}

const safe = (address) => (/^https?:/.test(address) ? address : "#");
