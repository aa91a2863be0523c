/** What survives a reload of this tab: who one is, where one is, and what one was writing. */

const KEY = "quoth-demo";
const memory = read();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {}; // the browser keeps nothing for this page, or something else wrote there
  }
}

export const recall = (name) => memory[name];

export function remember(changes) {
  Object.assign(memory, changes);
  try {
    sessionStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // Then a reload forgets it.
  }
}
