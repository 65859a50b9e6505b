/** Elements made without markup: text only ever becomes a text node, so nothing in it can take effect. */

import { clean } from './model/text';
import { cut } from './model/search';

export interface Attributes {
  class?: string;
  title?: string;
  on?: Partial<{ [K in keyof HTMLElementEventMap]: (event: HTMLElementEventMap[K]) => void }>;
  [attribute: string]: unknown;
}

export type Child = Node | string | null | undefined | false | Child[];

/** An element with attributes (false, null and undefined leave one out), listeners under `on`, and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'on') {
      for (const [type, listener] of Object.entries(value as Record<string, EventListener>)) {
        element.addEventListener(type, listener);
      }
    } else if (typeof value === 'string' || typeof value === 'number') {
      element.setAttribute(name, String(value));
    } else if (value === true) {
      element.setAttribute(name, '');
    }
  }
  append(element, children);
  return element;
}

export function append(parent: Element, children: Child[]): void {
  for (const child of children.flat(9) as Exclude<Child, Child[]>[]) {
    if (child || child === '') {
      parent.append(child);
    }
  }
}

/** A button that leaves the keyboard shortcuts of the application alone while it has the focus. */
export function button(label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const { class: extra, ...others } = attributes;
  return el(
    'button',
    {
      type: 'button',
      class: extra ? `jp-RlmButton ${String(extra)}` : 'jp-RlmButton',
      'data-lm-suppress-shortcuts': 'true',
      ...others,
      on: { click: () => act() }
    },
    label
  );
}

/** A shape of an SVG drawing. */
export function svg(tag: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** Hostile text, cleaned, with the places marked where the query stands. */
export function marked(text: string, query = ''): Node[] {
  const safe = clean(text);
  return query
    ? cut(safe, query).map(piece => (piece.hit ? el('mark', {}, piece.text) : document.createTextNode(piece.text)))
    : [document.createTextNode(safe)];
}
