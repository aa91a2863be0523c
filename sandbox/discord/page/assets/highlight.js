/** Simple syntax highlighting: comments, strings, numbers, keywords and calls. */

const HASH = "#[^\\n]*";
const SLASHES = "\\/\\/[^\\n]*|\\/\\*[\\s\\S]*?(?:\\*\\/|$)";
const DASHES = "--[^\\n]*";
const MARKUP = "<!--[\\s\\S]*?(?:-->|$)";

const FAMILIES = [
  [HASH, "py python rb ruby sh bash zsh shell console yaml yml toml ini r perl pl make makefile dockerfile"],
  [SLASHES, "js javascript mjs ts typescript jsx tsx java c cpp c++ cs c# csharp go rust rs swift kotlin kt scala php dart css scss json jsonc zig"],
  [DASHES, "sql lua haskell hs ada elm"],
  [MARKUP, "html xml svg"],
];

const KEYWORDS =
  "abstract and as assert async await begin bool boolean break case catch char class const continue crate def default defer del delete do double elif else end enum " +
  "except export extends false final finally float fn for foreach from func function global go if impl implements import in instanceof int interface is lambda let " +
  "long loop match mod module move mut namespace new nil none nonlocal not null number object of or override package pass print private protected pub public raise " +
  "range ref require rescue return self select short signed static string struct super switch then this throw trait true try type typeof undefined union unless " +
  "unsafe until use using var void volatile when where while with yield insert into update set values create table group order by join left right inner on limit";

const words = new Set(KEYWORDS.split(" "));
const scanners = new Map();

function scannerFor(language) {
  const family = FAMILIES.find(([, names]) => names.split(" ").includes(language));
  if (!family) return null;
  if (!scanners.has(family)) {
    const strings = `"""[\\s\\S]*?(?:"""|$)|'''[\\s\\S]*?(?:'''|$)|"(?:\\\\.|[^"\\\\\\n])*"?|'(?:\\\\.|[^'\\\\\\n])*'?|\`[^\`]*\`?`;
    scanners.set(family, new RegExp(`(?<comment>${family[0]})|(?<string>${strings})|(?<number>\\b\\d[\\w.]*)|(?<word>[\\p{L}_$][\\p{L}\\p{N}_$]*)(?<call>\\s*\\()?`, "gu"));
  }
  return scanners.get(family);
}

/** Highlight every code block of a rendered message whose language is known. */
export function highlight(root) {
  for (const block of root.querySelectorAll("pre > code[class^='language-']")) {
    const scanner = scannerFor(block.className.slice("language-".length));
    if (scanner) block.replaceChildren(...pieces(block.textContent, scanner));
  }
}

function pieces(code, scanner) {
  const out = [];
  let done = 0;
  for (const match of code.matchAll(scanner)) {
    const kind = kindOf(match.groups);
    if (!kind) continue;
    const length = match.groups.word?.length ?? match[0].length;
    if (match.index > done) out.push(document.createTextNode(code.slice(done, match.index)));
    const piece = document.createElement("span");
    piece.className = `code-${kind}`;
    piece.textContent = code.slice(match.index, match.index + length);
    out.push(piece);
    done = match.index + length;
  }
  if (done < code.length) out.push(document.createTextNode(code.slice(done)));
  return out;
}

function kindOf({ comment, string, number, word, call }) {
  if (comment) return "comment";
  if (string) return "string";
  if (number) return "number";
  if (words.has(word.toLowerCase())) return "keyword";
  return call ? "call" : null;
}
