/**
 * A text of an answer as Markdown, without any HTML on the way: the tokens of `marked` become elements of ours. What
 * could load or lead anywhere (images, links, HTML) is shown as the text that it is.
 */

import { Lexer } from 'marked';
import type { Token, Tokens } from 'marked';

import { el } from '../dom';
import { clean } from '../model/text';

const DEEPEST = 20;

/** `leaf` makes what a piece of plain text is shown as. */
export function markdownView(text: string, leaf: (text: string) => Node[]): HTMLElement {
  let tokens: Token[];
  try {
    tokens = new Lexer({ gfm: true }).lex(text);
  } catch {
    tokens = [{ type: 'text', raw: text, text }];
  }
  return el('div', { class: 'jp-RlmMarkdown' }, ...blocks(tokens, leaf, 0));
}

type Leaf = (text: string) => Node[];

function blocks(tokens: Token[], leaf: Leaf, depth: number): Node[] {
  return depth > DEEPEST ? leaf(raw(tokens)) : tokens.flatMap(token => block(token, leaf, depth + 1));
}

function block(token: Token, leaf: Leaf, depth: number): Node[] {
  switch (token.type) {
    case 'space':
      return [];
    case 'heading':
      // Not a heading of the page, in whose outline an answer has no place.
      return [el('p', {}, el('b', {}, ...inline(token.tokens ?? [], leaf, depth)))];
    case 'paragraph':
      return [el('p', {}, ...inline(token.tokens ?? [], leaf, depth))];
    case 'code':
      return [el('pre', {}, clean((token as Tokens.Code).text))];
    case 'blockquote':
      return [el('blockquote', {}, ...blocks(token.tokens ?? [], leaf, depth))];
    case 'hr':
      return [el('hr')];
    case 'list': {
      const list = token as Tokens.List;
      const items = list.items.map(item => el('li', {}, ...blocks(item.tokens, leaf, depth)));
      return [list.ordered ? el('ol', { start: list.start || 1 }, ...items) : el('ul', {}, ...items)];
    }
    case 'table':
      return [table(token as Tokens.Table, leaf, depth)];
    case 'text':
      return token.tokens ? inline(token.tokens, leaf, depth) : leaf(token.raw);
    default:
      return [el('p', {}, ...leaf(token.raw))];
  }
}

function table(token: Tokens.Table, leaf: Leaf, depth: number): HTMLElement {
  const cell = (tag: 'th' | 'td', each: Tokens.TableCell): HTMLElement =>
    el(tag, {}, ...inline(each.tokens, leaf, depth));
  return el(
    'table',
    {},
    el('thead', {}, el('tr', {}, ...token.header.map(each => cell('th', each)))),
    el('tbody', {}, ...token.rows.map(row => el('tr', {}, ...row.map(each => cell('td', each)))))
  );
}

function inline(tokens: Token[], leaf: Leaf, depth: number): Node[] {
  return depth > DEEPEST ? leaf(raw(tokens)) : tokens.flatMap(token => span(token, leaf, depth + 1));
}

function span(token: Token, leaf: Leaf, depth: number): Node[] {
  switch (token.type) {
    case 'strong':
      return [el('b', {}, ...inline(token.tokens ?? [], leaf, depth))];
    case 'em':
      return [el('em', {}, ...inline(token.tokens ?? [], leaf, depth))];
    case 'del':
      return [el('s', {}, ...inline(token.tokens ?? [], leaf, depth))];
    case 'codespan':
      return [el('code', {}, ...leaf((token as Tokens.Codespan).text))];
    case 'br':
      return [el('br')];
    case 'escape':
      return leaf((token as Tokens.Escape).text);
    default:
      // Links and images keep their addresses in sight, and lead nowhere.
      return leaf(token.raw);
  }
}

function raw(tokens: Token[]): string {
  return tokens.map(token => token.raw).join('');
}
