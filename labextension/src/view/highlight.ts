/** Python in colours where no editor is at hand: comments, texts and keywords; all of it stays what it is. */

import { el } from '../dom';

const TOKEN =
  /(#[^\n]*)|("""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|\b(False|None|True|and|as|assert|async|await|break|case|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b/g;

export function highlightPython(code: string): Node[] {
  const nodes: Node[] = [];
  let at = 0;
  for (const found of code.matchAll(TOKEN)) {
    nodes.push(document.createTextNode(code.slice(at, found.index)));
    const kind = found[1] !== undefined ? 'comment' : found[2] !== undefined ? 'string' : 'keyword';
    nodes.push(el('span', { class: `jp-RlmCode-${kind}` }, found[0]));
    at = found.index + found[0].length;
  }
  nodes.push(document.createTextNode(code.slice(at)));
  return nodes;
}
